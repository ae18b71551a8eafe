namespace FloydSharp.Training.Data;

/// <summary>Makes batches ahead on worker threads and hands them out in order.</summary>
internal sealed class BatchQueue : IDisposable
{
    private readonly object _gate = new();
    private readonly BatchMaker _maker;
    private readonly int _ahead;
    private readonly Dictionary<long, TrainingBatch> _ready = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread[] _workers;
    private long _nextToMake;
    private long _nextToTake;
    private Exception? _failure;

    /// <summary>Starts the workers.</summary>
    /// <param name="maker">Makes the batches; called from several threads.</param>
    /// <param name="first">Number of the first batch; a run that goes on starts where the last one ended.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="ahead">Batches made ahead at most.</param>
    public BatchQueue(BatchMaker maker, long first, int workers, int ahead)
    {
        _maker = maker;
        _ahead = Math.Max(ahead, workers);
        (_nextToMake, _nextToTake) = (first, first);
        _workers = [.. Enumerable.Range(0, Math.Max(workers, 1)).Select(i => new Thread(Work) { IsBackground = true, Name = $"data {i}" })];
        foreach (var worker in _workers)
            worker.Start();
    }

    /// <summary>Batches that wait to be taken.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _ready.Count;
        }
    }

    /// <summary>Takes the next batch and waits for it.</summary>
    /// <exception cref="InvalidOperationException">A worker failed; its exception is the inner one.</exception>
    public TrainingBatch Take()
    {
        lock (_gate)
        {
            TrainingBatch? batch;
            while (!_ready.Remove(_nextToTake, out batch))
            {
                if (_failure is not null)
                    throw new InvalidOperationException($"Making training data failed: {_failure.Message}", _failure);
                Monitor.Wait(_gate);
            }

            _nextToTake++;
            Monitor.PulseAll(_gate);
            return batch;
        }
    }

    /// <summary>Stops the workers and waits for them.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
            Monitor.PulseAll(_gate);
        foreach (var worker in _workers)
            worker.Join();
        _stop.Dispose();
    }

    private void Work()
    {
        try
        {
            while (true)
            {
                long number;
                lock (_gate)
                {
                    while (_nextToMake >= _nextToTake + _ahead && !_stop.IsCancellationRequested)
                        Monitor.Wait(_gate);
                    if (_stop.IsCancellationRequested)
                        return;
                    number = _nextToMake++;
                }

                var batch = _maker.Make(number, _stop.Token);
                lock (_gate)
                {
                    _ready[number] = batch;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e)
        {
            // Whatever it was, the thread that trains must hear of it.
            lock (_gate)
            {
                _failure ??= e;
                Monitor.PulseAll(_gate);
            }
        }
    }
}

using System.Collections.Concurrent;
using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>Draws batches of scenes ahead on threads of its own. Batches given back are filled anew, so that no memory is asked for while training runs.</summary>
internal sealed class SceneQueue : IDisposable
{
    private readonly BlockingCollection<SceneLabels> _ready;
    private readonly ConcurrentBag<SceneLabels> _free = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread[] _threads;
    private readonly SceneOptions _options;
    private readonly int _batch;
    private readonly long _first;
    private long _next;
    private Exception? _failure;

    /// <summary>Starts drawing.</summary>
    /// <param name="options">What is drawn.</param>
    /// <param name="batch">Pictures per batch.</param>
    /// <param name="first">Number of the first scene.</param>
    /// <param name="threads">Threads that draw.</param>
    public SceneQueue(SceneOptions options, int batch, long first, int threads)
    {
        (_options, _batch, _first) = (options, batch, first);
        _ready = new(Math.Max(4, threads));
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"scenes {i}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Waits for a batch.</summary>
    /// <exception cref="InvalidOperationException">A thread failed; its exception is the inner one.</exception>
    public SceneLabels Take()
    {
        try
        {
            return _ready.Take(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"Drawing scenes failed: {_failure?.Message}", _failure);
        }
    }

    /// <summary>Gives a batch back.</summary>
    public void Return(SceneLabels labels) => _free.Add(labels);

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var thread in _threads)
            thread.Join();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void Work()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var labels = _free.TryTake(out var used) ? used : new(_batch);
                var from = _first + ((Interlocked.Increment(ref _next) - 1) * _batch);
                for (var i = 0; i < _batch && !_stop.IsCancellationRequested; i++)
                    labels.Set(i, ReservedSeeds.Scene(ReservedSeeds.OfAnalyser(from + i), _options));
                _ready.Add(labels, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e)
        {
            // Whatever it was, the thread that trains must hear of it.
            _failure = e;
            _stop.Cancel();
        }
    }
}

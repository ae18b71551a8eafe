namespace FloydSharp.Memory;

/// <summary>
/// The most memory of its own that this process had while an object lived, looked at every few milliseconds by a thread; the
/// kernel keeps no such peak (VmHWM counts mapped files too). Page-locked memory for a GPU's weights is counted.
/// </summary>
public sealed class PeakSampler : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly TimeSpan _interval;
    private long _peak;

    /// <summary>Begins.</summary>
    /// <param name="interval">Time between two looks; null for 5 ms.</param>
    public PeakSampler(TimeSpan? interval = null)
    {
        _interval = interval ?? TimeSpan.FromMilliseconds(5);
        Look();
        _thread = new Thread(Watch) { IsBackground = true, Name = "peak memory" };
        _thread.Start();
    }

    /// <summary>The largest <see cref="ProcessMemory.Anonymous"/> with page-locked memory so far, in bytes; 0 on other systems than Linux.</summary>
    public long Peak
    {
        get
        {
            Look();
            return Interlocked.Read(ref _peak);
        }
    }

    /// <summary>Starts a new measurement.</summary>
    /// <returns>The peak of the one before.</returns>
    public long Restart()
    {
        var peak = Peak;
        Interlocked.Exchange(ref _peak, 0);
        Look();
        return peak;
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Watch()
    {
        while (!_stop.Wait(_interval))
            Look();
    }

    private void Look()
    {
        var now = ProcessMemory.Read().Anonymous + PageLockedMemory.Held;
        for (var before = Interlocked.Read(ref _peak); now > before;)
        {
            var seen = Interlocked.CompareExchange(ref _peak, now, before);
            if (seen == before)
                return;
            before = seen;
        }
    }
}

namespace FloydSharp.Native;

/// <summary>Times a stream's work on the device itself, by two events. For one thread.</summary>
internal sealed unsafe class CudaTimer : IDisposable
{
    private readonly CudaRuntime _runtime;
    private readonly delegate* unmanaged<nint, int> _destroy;
    private readonly delegate* unmanaged<nint, nint, int> _record;
    private readonly delegate* unmanaged<nint, int> _wait;
    private readonly delegate* unmanaged<float*, nint, nint, int> _elapsed;
    private readonly nint _start;
    private readonly nint _end;

    /// <summary>For the thread's current device.</summary>
    public CudaTimer()
    {
        _runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("CUDA's runtime library is not loaded.");
        var create = (delegate* unmanaged<nint*, uint, int>)_runtime.Export("cudaEventCreateWithFlags");
        _destroy = (delegate* unmanaged<nint, int>)_runtime.Export("cudaEventDestroy");
        _record = (delegate* unmanaged<nint, nint, int>)_runtime.Export("cudaEventRecord");
        _wait = (delegate* unmanaged<nint, int>)_runtime.Export("cudaEventSynchronize");
        _elapsed = (delegate* unmanaged<float*, nint, nint, int>)_runtime.Export("cudaEventElapsedTime", "cudaEventElapsedTime_v2");

        // No flags: with times, and who waits does not sleep, for it is short.
        nint start, end;
        _runtime.Check(create(&start, 0), "cudaEventCreateWithFlags");
        _start = start;
        _runtime.Check(create(&end, 0), "cudaEventCreateWithFlags");
        _end = end;
    }

    /// <summary>Times work, and waits for it.</summary>
    /// <param name="stream">Where the work goes.</param>
    /// <param name="work">Gives it to the stream.</param>
    /// <returns>Milliseconds.</returns>
    public double Time(nint stream, Action work)
    {
        float milliseconds;
        _runtime.Check(_record(_start, stream), "cudaEventRecord");
        work();
        _runtime.Check(_record(_end, stream), "cudaEventRecord");
        _runtime.Check(_wait(_end), "cudaEventSynchronize");
        _runtime.Check(_elapsed(&milliseconds, _start, _end), "cudaEventElapsedTime");
        return milliseconds;
    }

    /// <summary>Frees the events.</summary>
    public void Dispose()
    {
        _ = _destroy(_start);
        _ = _destroy(_end);
    }
}

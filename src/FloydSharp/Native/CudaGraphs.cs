namespace FloydSharp.Native;

/// <summary>CUDA's calls that record a stream's work as a graph (CUDA C++ Programming Guide, "CUDA Graphs").</summary>
internal sealed unsafe class CudaGraphs
{
    // cudaGraphMemAttributeType of driver_types.h.
    public const int UsedMemoryCurrent = 0;
    public const int UsedMemoryHigh = 1;

    // cudaStreamCaptureModeRelaxed: other threads may go on allocating and copying meanwhile.
    private const int Relaxed = 2;

    private static readonly Lazy<CudaGraphs> _found = new(() => new());

    private readonly CudaRuntime _runtime;
    private readonly delegate* unmanaged<nint, int, int> _beginCapture;
    private readonly delegate* unmanaged<nint, nint*, int> _endCapture;
    private readonly delegate* unmanaged<nint, int*, int> _isCapturing;
    private readonly delegate* unmanaged<nint*, nint, ulong, int> _instantiate;
    private readonly delegate* unmanaged<nint, nint, int> _launch;
    private readonly delegate* unmanaged<nint, int> _destroyGraph;
    private readonly delegate* unmanaged<nint, int> _destroyExecutable;
    private readonly delegate* unmanaged<int, int, ulong*, int> _getMemory;
    private readonly delegate* unmanaged<int, int, ulong*, int> _setMemory;
    private readonly delegate* unmanaged<int, int> _trimMemory;
    private readonly delegate* unmanaged<int> _lastError;

    private CudaGraphs()
    {
        _runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("The loaded libtorch has no CUDA; set FLOYD_LIBTORCH to one that has.");
        _beginCapture = (delegate* unmanaged<nint, int, int>)_runtime.Export("cudaStreamBeginCapture");
        _endCapture = (delegate* unmanaged<nint, nint*, int>)_runtime.Export("cudaStreamEndCapture");
        _isCapturing = (delegate* unmanaged<nint, int*, int>)_runtime.Export("cudaStreamIsCapturing");
        _instantiate = (delegate* unmanaged<nint*, nint, ulong, int>)_runtime.Export("cudaGraphInstantiateWithFlags");
        _launch = (delegate* unmanaged<nint, nint, int>)_runtime.Export("cudaGraphLaunch");
        _destroyGraph = (delegate* unmanaged<nint, int>)_runtime.Export("cudaGraphDestroy");
        _destroyExecutable = (delegate* unmanaged<nint, int>)_runtime.Export("cudaGraphExecDestroy");
        _getMemory = (delegate* unmanaged<int, int, ulong*, int>)_runtime.Export("cudaDeviceGetGraphMemAttribute");
        _setMemory = (delegate* unmanaged<int, int, ulong*, int>)_runtime.Export("cudaDeviceSetGraphMemAttribute");
        _trimMemory = (delegate* unmanaged<int, int>)_runtime.Export("cudaDeviceGraphMemTrim");
        _lastError = (delegate* unmanaged<int>)_runtime.Export("cudaGetLastError");
    }

    /// <summary>The calls of the CUDA that libtorch loaded.</summary>
    /// <exception cref="NativeLibraryException">There is none, or it is too old.</exception>
    public static CudaGraphs Open() => _found.Value;

    /// <summary>Lets a stream record what it is given instead of doing it.</summary>
    /// <param name="stream">Not the default one.</param>
    public void Begin(nint stream) => Check(_beginCapture(stream, Relaxed));

    /// <summary>Ends <see cref="Begin"/>.</summary>
    /// <returns>What was recorded; owned by the caller.</returns>
    /// <exception cref="NativeLibraryException">Something in it cannot be recorded; the stream works as before.</exception>
    public CudaGraph End(nint stream, int device)
    {
        nint graph = 0, executable = 0;
        var error = _endCapture(stream, &graph);
        if (error == 0 && graph != 0 && (error = _instantiate(&executable, graph, 0)) == 0)
            return new(this, device, graph, executable);
        if (graph != 0)
            _ = _destroyGraph(graph);
        Check(error);
        throw new NativeLibraryException("CUDA recorded nothing.");
    }

    /// <summary>Ends <see cref="Begin"/> after a failure and forgets what was recorded.</summary>
    public void Abandon(nint stream)
    {
        nint graph = 0;
        _ = _endCapture(stream, &graph);
        if (graph != 0)
            _ = _destroyGraph(graph);
        _ = _lastError();
    }

    /// <summary>Whether a stream records what it is given, or did until it failed.</summary>
    public bool IsRecording(nint stream)
    {
        // cudaStreamCaptureStatusNone is 0. The default stream answers with an error while another one records.
        int status;
        if (_isCapturing(stream, &status) == 0)
            return status != 0;
        _ = _lastError();
        return true;
    }

    /// <summary>An attribute of the memory that graphs hold on a device, in bytes.</summary>
    public long Memory(int device, int attribute)
    {
        ulong value;
        Check(_getMemory(device, attribute, &value));
        return (long)value;
    }

    /// <summary>Begins a new high-water mark of the memory that graphs hold.</summary>
    public void ResetPeak(int device)
    {
        ulong zero = 0;
        Check(_setMemory(device, UsedMemoryHigh, &zero));
    }

    internal void Launch(nint executable, nint stream) => Check(_launch(executable, stream));

    internal void Destroy(nint graph, nint executable, int device)
    {
        _runtime.Synchronize(device);
        _ = _destroyExecutable(executable);
        _ = _destroyGraph(graph);
        _ = _trimMemory(device);
        _ = _lastError();
    }

    // libtorch looks at CUDA's last error before each allocation: one that was told must not be found there again.
    private void Check(int error)
    {
        if (error != 0)
            _ = _lastError();
        _runtime.Check(error, "A call about CUDA graphs");
    }
}

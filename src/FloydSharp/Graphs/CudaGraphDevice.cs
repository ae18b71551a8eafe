using System.Runtime;
using FloydSharp.Memory;
using FloydSharp.Native;

namespace FloydSharp.Graphs;

/// <summary>
/// Records the work of a CUDA device. Tensors that are made and freed while it records become part of the graph, because
/// libtorch allocates in the order of a stream (<see cref="DeviceMemory.HasPool"/>).
/// </summary>
internal sealed class CudaGraphDevice : IGraphDevice
{
    // What may lie around a graph beside its tensors: kernels' code, the driver's own.
    private const long Spare = 256 << 20;

    // Objects of one forward pass take a few MB; a collection in between would free tensors that are not part of the graph.
    private const long UncollectedBytes = 48 << 20;

    private static readonly Dictionary<int, CudaGraphDevice> _opened = [];
    private static readonly Lock _gate = new();

    // One thread at a time gives work to the stream.
    private readonly Lock _busy = new();

    private readonly int _index;
    private readonly CudaStreams _streams;
    private readonly CudaGraphs _graphs;
    private readonly CudaRuntime _runtime;
    private readonly nint _stream;
    private readonly nint _event;
    private long _before;

    private CudaGraphDevice(int index)
    {
        _index = index;
        _streams = CudaStreams.Open();
        _graphs = CudaGraphs.Open();
        _runtime = CudaRuntime.Find()!;
        _stream = _streams.NewStream(index);
        _event = _streams.NewEvent(index);
    }

    /// <summary>
    /// The device's. Its stream lives as long as the process: libtorch keeps a workspace for each stream it has seen, and what
    /// was allocated on a stream is freed there.
    /// </summary>
    /// <exception cref="NativeLibraryException">CUDA or libtorch is too old.</exception>
    public static CudaGraphDevice Open(int index)
    {
        lock (_gate)
        {
            if (!_opened.TryGetValue(index, out var device))
                _opened[index] = device = new(index);
            return device;
        }
    }

    /// <inheritdoc/>
    public IDisposable Enter()
    {
        _busy.Enter();
        try
        {
            var outer = _streams.CurrentStream(_index);
            Order(outer, _stream);
            return new Stay(this, outer, _streams.Enter(_stream, _index));
        }
        catch
        {
            _busy.Exit();
            throw;
        }
    }

    /// <inheritdoc/>
    public IRecordedWork Record(Action work)
    {
        lock (_runtime.Recording)
        {
            if (!GC.TryStartNoGCRegion(UncollectedBytes))
                throw new NativeLibraryException("the garbage collector cannot wait");
            try
            {
                GC.WaitForPendingFinalizers();
                return RecordNow(work);
            }
            finally
            {
                if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
                    GC.EndNoGCRegion();
            }
        }
    }

    /// <inheritdoc/>
    public void StartMeasuring()
    {
        DeviceMemory.RestartPeak(_index);
        _before = DeviceMemory.Used(_index) ?? 0;
    }

    /// <inheritdoc/>
    public long Measured() => Math.Max(0, (DeviceMemory.PeakSinceRestart(_index) ?? 0) - _before);

    /// <inheritdoc/>
    public bool HasRoom(long bytes) => DeviceMemory.Reachable(_index) is { } reachable && reachable >= bytes + Spare;

    /// <inheritdoc/>
    public void ReleaseUnused()
    {
        DeviceMemory.RestartPeak(_index);
        DeviceMemory.Trim(_index);
    }

    private Work RecordNow(Action work)
    {
        _graphs.Begin(_stream);
        try
        {
            work();
        }
        catch
        {
            _graphs.Abandon(_stream);
            throw;
        }

        return new(this, _graphs.End(_stream, _index));
    }

    private void Order(nint first, nint second)
    {
        _streams.Record(_event, first, _index);
        _streams.Hold(second, _event, _index);
    }

    private sealed class Stay(CudaGraphDevice owner, nint outer, IDisposable guard) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                guard.Dispose();
                owner.Order(owner._stream, outer);
            }
            finally
            {
                owner._busy.Exit();
            }
        }
    }

    private sealed class Work(CudaGraphDevice owner, CudaGraph graph) : IRecordedWork
    {
        public void Launch() => graph.Launch(owner._streams.CurrentStream(owner._index));

        public void Dispose()
        {
            DeviceMemory.RestartPeak(owner._index);
            graph.Dispose();
        }
    }
}

namespace FloydSharp.Native;

/// <summary>Work that a stream did once and that can be done again by one call. Its memory goes back when it is disposed.</summary>
internal sealed class CudaGraph : IDisposable
{
    private readonly CudaGraphs _calls;
    private readonly int _device;
    private nint _graph;
    private nint _executable;

    internal CudaGraph(CudaGraphs calls, int device, nint graph, nint executable) =>
        (_calls, _device, _graph, _executable) = (calls, device, graph, executable);

    /// <summary>Does the work again.</summary>
    /// <param name="stream">Behind whose work; 0 is the default one.</param>
    public void Launch(nint stream)
    {
        ObjectDisposedException.ThrowIf(_executable == 0, this);
        _calls.Launch(_executable, stream);
    }

    /// <summary>Waits for the device and frees the graph and the memory that only it used.</summary>
    public void Dispose()
    {
        if (_executable == 0)
            return;
        _calls.Destroy(_graph, _executable, _device);
        (_graph, _executable) = (0, 0);
    }
}

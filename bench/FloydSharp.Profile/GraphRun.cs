using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.Native;

namespace FloydSharp.Profile;

/// <summary>A stream of its own for measuring, and a pass over it captured as a CUDA graph: what the GPU needs without the host's launches.</summary>
internal sealed unsafe class GraphRun : IDisposable
{
    private const uint NonBlocking = 1;
    private const int Relaxed = 2;

    private readonly nint _runtime = NativeLibrary.Load(NativeLibraryFiles.FindLoaded("libcudart") ?? throw new FloydException("No CUDA runtime library is loaded."));
    private readonly nint _torch = NativeLibrary.Load(NativeLibraries.Loaded!.LibtorchCuda!);
    private readonly nint _stream;
    private readonly nint _guard;
    private nint _graph;

    /// <summary>Makes the stream and enters it.</summary>
    public GraphRun()
    {
        nint stream, guard;
        Check(((delegate* unmanaged<nint*, uint, int>)Runtime("cudaStreamCreateWithFlags"))(&stream, NonBlocking));
        Check(((delegate* unmanaged<nint, int, nint*, int>)NativeLibrary.GetExport(_torch, "aoti_torch_create_cuda_stream_guard"))(stream, 0, &guard));
        (_stream, _guard) = (stream, guard);
    }

    /// <summary>Captures a pass.</summary>
    public void Capture(Action pass)
    {
        nint graph, executable;
        Synchronize();
        Check(((delegate* unmanaged<nint, int, int>)Runtime("cudaStreamBeginCapture"))(_stream, Relaxed));
        try
        {
            pass();
        }
        catch
        {
            _ = ((delegate* unmanaged<nint, nint*, int>)Runtime("cudaStreamEndCapture"))(_stream, &graph);
            throw;
        }

        Check(((delegate* unmanaged<nint, nint*, int>)Runtime("cudaStreamEndCapture"))(_stream, &graph));
        Check(((delegate* unmanaged<nint*, nint, ulong, int>)Runtime("cudaGraphInstantiate"))(&executable, graph, 0));
        _graph = executable;
    }

    /// <summary>Runs what was captured.</summary>
    public void Launch() => Check(((delegate* unmanaged<nint, nint, int>)Runtime("cudaGraphLaunch"))(_graph, _stream));

    /// <summary>Waits for the GPU.</summary>
    public void Synchronize() => Check(((delegate* unmanaged<int>)Runtime("cudaDeviceSynchronize"))());

    /// <summary>Leaves the stream.</summary>
    public void Dispose()
    {
        Synchronize();
        if (_graph != 0)
            _ = ((delegate* unmanaged<nint, int>)Runtime("cudaGraphExecDestroy"))(_graph);
        _ = ((delegate* unmanaged<nint, int>)NativeLibrary.GetExport(_torch, "aoti_torch_delete_cuda_stream_guard"))(_guard);
    }

    private nint Runtime(string name) => NativeLibrary.GetExport(_runtime, name);

    private static void Check(int error)
    {
        if (error != 0)
            throw new FloydException($"CUDA failed (error {error}).");
    }
}

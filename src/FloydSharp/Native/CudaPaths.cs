namespace FloydSharp.Native;

/// <summary>Which way of computing layers a GPU has.</summary>
public static class CudaPaths
{
    /// <summary>The kernels convert by instructions that older GPUs lack.</summary>
    private static readonly Version _oldest = new(8, 0);

    /// <summary>The way that models in float16, bfloat16 or float32 are computed on a device unless told otherwise.</summary>
    /// <param name="device">The CUDA device's index.</param>
    /// <returns>The way, and for people why it is this one.</returns>
    public static (CudaPath Path, string Reason) Of(int device)
    {
        if (CpuPaths.WantsPlain)
            return (CudaPath.Plain, $"as {CpuPaths.PlainVariable} says");
        try
        {
            if (CudaRuntime.Find() is not { } runtime)
                return (CudaPath.Plain, "no CUDA runtime library is loaded");
            var capability = runtime.ComputeCapability(device);
            if (capability < _oldest)
                return (CudaPath.Plain, $"own kernels need compute capability {_oldest}, this GPU has {capability}");
            if (NativeLibraryFiles.Find("libnvrtc") is null)
                return (CudaPath.Plain, "libnvrtc, which compiles own kernels, is not beside libtorch");
            _ = CudaStreams.Open();
            return (CudaPath.Fused, "own kernels, channels last");
        }
        catch (NativeLibraryException e)
        {
            return (CudaPath.Plain, e.Message);
        }
    }
}

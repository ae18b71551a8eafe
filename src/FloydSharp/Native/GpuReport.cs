using FloydSharp.Memory;

namespace FloydSharp.Native;

/// <summary>A CUDA device.</summary>
/// <param name="Index">Its index, as in <c>cuda:0</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="ComputeCapability">Its compute capability, for example 9.0.</param>
/// <param name="Multiprocessors">Its number of multiprocessors.</param>
/// <param name="Memory">Its memory now.</param>
public sealed record GpuReport(int Index, string Name, Version ComputeCapability, int Multiprocessors, DeviceMemoryState Memory)
{
    /// <summary>How models are computed on it.</summary>
    public CudaPath Path { get; init; }

    /// <summary>Why it is this way.</summary>
    public string PathReason { get; init; } = "";

    /// <summary>Who chooses the kernels of convolutions on the fused path, for people.</summary>
    public string Convolutions { get; init; } = "";

    /// <summary>The numbers that attention with one wide head multiplies on the fused path, for people.</summary>
    public string WideAttention { get; init; } = "";

    /// <summary>All CUDA devices that the loaded libtorch can use, and the reason when there are none.</summary>
    /// <remarks>Reading free memory makes a context on each device, some hundred MiB for the life of the process.</remarks>
    internal static (IReadOnlyList<GpuReport> Gpus, string? Problem) CollectAll(LoadedLibraries? loaded)
    {
        if (loaded is null)
            return ([], "libtorch is not loaded");
        if (loaded.LibtorchCuda is null)
            return ([], $"this libtorch is built without CUDA; set {LibtorchFolders.Variable} to the torch/lib folder of a PyTorch with CUDA");
        try
        {
            if (CudaRuntime.Find() is not { } cuda)
                return ([], "libtorch has CUDA but loaded no CUDA runtime library");
            var gpus = Enumerable.Range(0, cuda.DeviceCount).Select(device =>
            {
                var (free, total) = cuda.MemoryInformation(device);
                var (path, reason) = CudaPaths.Of(device);
                return new GpuReport(
                    device,
                    CudaDriver.DeviceName(device) ?? "unknown",
                    cuda.ComputeCapability(device),
                    cuda.Multiprocessors(device),
                    new DeviceMemoryState(free, total)) { Path = path, PathReason = reason, Convolutions = ConvolutionsOn(path), WideAttention = WideAttentionOn(path, device) };
            }).ToList();
            return (gpus, cuda.Problem is { } problem && CudaDriver.SupportedCuda() is null ? $"{problem}; NVIDIA's driver (libcuda.so.1) is not installed" : cuda.Problem);
        }
        catch (NativeLibraryException e)
        {
            return ([], e.Message);
        }
    }

    private static string ConvolutionsOn(CudaPath path) =>
        path == CudaPath.Plain ? "as cuDNN's heuristics choose"
        : CudnnSupport.Problem() is { } problem ? $"as cuDNN's heuristics choose: {problem}"
        : $"the fastest kernels of cuDNN {Cudnn.Open().VersionText}, measured once for each shape";

    private static string WideAttentionOn(CudaPath path, int device) =>
        path == CudaPath.Plain ? "as libtorch does it"
        : EightBitSupport.Problem(device) is { } problem ? $"16-bit: {problem}"
        : "shares and values in 8 bits (float8) where a float16 or bfloat16 VAE has many pixels";
}

using FloydSharp.Memory;

namespace FloydSharp.Native;

/// <summary>Whether passes can be recorded on a device at all.</summary>
internal static class CudaGraphSupport
{
    /// <summary>Why nothing is recorded there, for people; null where it can be.</summary>
    /// <param name="device">The device's index.</param>
    public static string? Problem(int device)
    {
        if (CpuPaths.WantsPlain)
            return $"{CpuPaths.PlainVariable} is set";
        try
        {
            if (CudaRuntime.Find() is not { } cuda || device >= cuda.DeviceCount)
                return "no GPU";
            if (!CudaAllocator.UsesPool)
                return "another allocator than CUDA's pool was chosen, whose memory graphs could not keep";
            _ = CudaStreams.Open();
            _ = CudaGraphs.Open();
            return DeviceMemory.Used(device) is null ? "the GPU has no memory pool" : null;
        }
        catch (NativeLibraryException e)
        {
            return e.Message;
        }
    }
}

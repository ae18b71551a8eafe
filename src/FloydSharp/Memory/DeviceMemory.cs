using FloydSharp.Native;

namespace FloydSharp.Memory;

/// <summary>
/// Memory of CUDA devices: what is free, what tensors use at most, and giving back what they freed. Everything returns
/// null where there is no CUDA device; the pool's calls also where the user chose another allocator than CUDA's pool.
/// </summary>
/// <remarks>
/// FloydSharp has libtorch allocate from CUDA's own pool (<c>backend:cudaMallocAsync</c>) unless <c>PYTORCH_ALLOC_CONF</c>
/// or <c>PYTORCH_CUDA_ALLOC_CONF</c> is set. The calls leave the thread's current device as it was.
/// </remarks>
public static class DeviceMemory
{
    /// <summary>True when the pool's calls work: CUDA is there and libtorch uses its pool.</summary>
    public static bool HasPool => CudaAllocator.UsesPool && CudaRuntime.Find() is not null;

    /// <summary>What a device has free and in total, in bytes.</summary>
    /// <param name="device">The device's index.</param>
    /// <returns>The state; null without such a device.</returns>
    /// <exception cref="Native.NativeLibraryException">CUDA failed.</exception>
    public static DeviceMemoryState? Read(int device = 0)
    {
        if (CudaRuntime.Find() is not { } cuda || device >= cuda.DeviceCount)
            return null;
        var (free, total) = cuda.MemoryInformation(device);
        return new DeviceMemoryState(free, total);
    }

    /// <summary>What tensors use in the pool now, in bytes.</summary>
    /// <param name="device">The device's index.</param>
    public static long? Used(int device = 0) => Pool(device)?.PoolAttribute(device, CudaRuntime.UsedMemoryCurrent);

    /// <summary>The most that tensors used in the pool since <see cref="ResetPeak"/>, in bytes.</summary>
    /// <param name="device">The device's index.</param>
    public static long? Peak(int device = 0) => Pool(device)?.PoolAttribute(device, CudaRuntime.UsedMemoryHigh);

    /// <summary>What the pool holds of the device now, what tensors freed included, in bytes.</summary>
    /// <param name="device">The device's index.</param>
    public static long? Reserved(int device = 0) => Pool(device)?.PoolAttribute(device, CudaRuntime.ReservedMemoryCurrent);

    /// <summary>Starts a new measurement for <see cref="Peak"/>.</summary>
    /// <param name="device">The device's index.</param>
    /// <returns>False where there is no pool.</returns>
    public static bool ResetPeak(int device = 0)
    {
        if (Pool(device) is not { } cuda)
            return false;
        cuda.ResetPoolPeak(device);
        return true;
    }

    /// <summary>Waits for the device, then gives back to it all memory of the pool that no tensor uses.</summary>
    /// <param name="device">The device's index.</param>
    /// <returns>How many bytes went back; null where there is no pool.</returns>
    public static long? Trim(int device = 0)
    {
        if (Pool(device) is not { } cuda)
            return null;
        cuda.Synchronize(device);
        var before = cuda.PoolAttribute(device, CudaRuntime.ReservedMemoryCurrent);
        cuda.TrimPool(device);
        return before - cuda.PoolAttribute(device, CudaRuntime.ReservedMemoryCurrent);
    }

    private static CudaRuntime? Pool(int device) =>
        HasPool && CudaRuntime.Find() is { } cuda && device < cuda.DeviceCount ? cuda : null;
}

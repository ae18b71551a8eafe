using System.Collections.Concurrent;
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
    private static readonly ConcurrentDictionary<int, long> _earlierPeaks = [];

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

    /// <summary>The most that tensors used since <see cref="ResetPeak"/>, those of recorded passes included, in bytes.</summary>
    /// <param name="device">The device's index.</param>
    public static long? Peak(int device = 0) => PeakSinceRestart(device) is { } now ? Math.Max(now, _earlierPeaks.GetValueOrDefault(device)) : null;

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
        _earlierPeaks[device] = 0;
        Restart(cuda, device);
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

    /// <summary>Starts a measurement within the one for <see cref="Peak"/>, which goes on.</summary>
    internal static void RestartPeak(int device)
    {
        if (Pool(device) is not { } cuda || Peak(device) is not { } peak)
            return;
        _earlierPeaks[device] = peak;
        Restart(cuda, device);
    }

    /// <summary>The most that was used since <see cref="RestartPeak"/> or <see cref="ResetPeak"/>; null where there is no pool.</summary>
    internal static long? PeakSinceRestart(int device) =>
        Pool(device)?.PoolAttribute(device, CudaRuntime.UsedMemoryHigh) + (Graphs()?.Memory(device, CudaGraphs.UsedMemoryHigh) ?? 0);

    /// <summary>What could be had beside the tensors that are there: what is free, and what the pool keeps unused; null where there is no pool.</summary>
    internal static long? Reachable(int device) => Pool(device) is { } cuda
        ? cuda.MemoryInformation(device).Free + cuda.PoolAttribute(device, CudaRuntime.ReservedMemoryCurrent) - cuda.PoolAttribute(device, CudaRuntime.UsedMemoryCurrent)
        : null;

    private static void Restart(CudaRuntime cuda, int device)
    {
        cuda.ResetPoolPeak(device);
        Graphs()?.ResetPeak(device);
    }

    private static CudaGraphs? Graphs()
    {
        try
        {
            return CudaGraphs.Open();
        }
        catch (NativeLibraryException)
        {
            return null;
        }
    }

    private static CudaRuntime? Pool(int device) =>
        HasPool && CudaRuntime.Find() is { } cuda && device < cuda.DeviceCount ? cuda : null;
}

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
    private static readonly ConcurrentDictionary<int, long> _limits = [];

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

    /// <summary>
    /// Keeps this process's tensors on a device to a limit: the pool gives back what it holds unused above it, and what could be
    /// had (<see cref="Reachable"/>) ends there. Allocations beyond it are not refused.
    /// </summary>
    /// <param name="device">The device's index; there must have been a tensor on it, or libtorch sets the pool up again.</param>
    /// <param name="tensors">Bytes of tensors; null for no limit.</param>
    internal static void Limit(int device, long? tensors)
    {
        if (tensors is { } bytes)
            _limits[device] = bytes;
        else
            _limits.TryRemove(device, out _);
        Pool(device)?.KeepInPool(device, tensors is { } most ? (ulong)Math.Max(0, most) : ulong.MaxValue);
    }

    /// <summary>
    /// What could be had beside the tensors that are there: what is free, and what the pool keeps unused, but no more than the limit
    /// leaves; null where there is no pool.
    /// </summary>
    internal static long? Reachable(int device)
    {
        if (Pool(device) is not { } cuda)
            return null;
        var used = cuda.PoolAttribute(device, CudaRuntime.UsedMemoryCurrent);
        var unused = cuda.PoolAttribute(device, CudaRuntime.ReservedMemoryCurrent) - used;
        var recorded = Graphs()?.Memory(device, CudaGraphs.UsedMemoryCurrent) ?? 0;
        return Within(cuda.MemoryInformation(device).Free + unused, used + recorded, _limits.TryGetValue(device, out var limit) ? limit : null);
    }

    /// <summary>What of so many bytes a limit leaves to those who use some already.</summary>
    internal static long Within(long there, long used, long? limit) => limit is { } most ? Math.Min(there, Math.Max(0, most - used)) : there;

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

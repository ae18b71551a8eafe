using System.Runtime.InteropServices;
using FloydSharp.IO;

namespace FloydSharp.Profile.Rows;

/// <summary>
/// A GPU seen through NVIDIA's driver from outside the measured process: what is free on it, and how much of it is left free.
/// A process that is to make do with 4 GiB then meets a card that has no more.
/// </summary>
internal sealed partial class Card : IDisposable
{
    private const string Library = "libcuda.so.1";
    private const long Grain = 2 << 20;

    private readonly nint _context;
    private readonly List<ulong> _taken = [];

    private Card(nint context)
    {
        _context = context;
        Enter();
        Total = (long)Information().Total;
    }

    /// <summary>What the card has, in bytes.</summary>
    public long Total { get; }

    /// <summary>What is free on the card, in bytes. The thread must have called <see cref="Enter"/>.</summary>
    public static long Free => (long)Information().Free;

    /// <summary>Opens the first GPU.</summary>
    /// <exception cref="FloydException">There is none.</exception>
    public static Card Open()
    {
        try
        {
            if (Init(0) == 0 && DeviceGet(out var device, 0) == 0 && RetainContext(out var context, device) == 0)
                return new(context);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Told below.
        }

        throw new FloydException("There is no CUDA GPU here that the driver library would open; run this on a machine with one, or with --device cpu.");
    }

    /// <summary>Lets the calling thread ask the card.</summary>
    public void Enter() => Check(SetContext(_context), "cuCtxSetCurrent");

    /// <summary>Takes memory until so much is left, or gives it all back.</summary>
    /// <param name="bytes">What is to be free; null for all.</param>
    public void LeaveFree(long? bytes)
    {
        foreach (var memory in _taken)
            _ = MemoryFree(memory);
        _taken.Clear();
        for (var piece = 8L << 30; bytes is { } wanted && piece >= Grain; piece /= 2)
        {
            while (Free - wanted >= piece && MemoryAllocate(out var memory, (nuint)piece) == 0)
                _taken.Add(memory);
        }
    }

    /// <summary>Gives everything back.</summary>
    public void Dispose() => LeaveFree(null);

    private static (nuint Free, nuint Total) Information()
    {
        Check(MemoryInformation(out var free, out var total), "cuMemGetInfo");
        return (free, total);
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new FloydException($"The driver failed at {call} (error {error}).");
    }

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int RetainContext(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    private static partial int SetContext(nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int MemoryInformation(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    private static partial int MemoryAllocate(out ulong memory, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    private static partial int MemoryFree(ulong memory);
}

using FloydSharp.Memory;

namespace FloydSharp.Planning;

/// <summary>What a run may use at most.</summary>
/// <param name="Ram">Anonymous and page-locked memory of the process, in bytes; mapped files are not counted, because the kernel can drop them.</param>
/// <param name="Vram">Memory of the GPU, the driver's part for this process included, in bytes; null where there is no GPU.</param>
public sealed record MemoryBudget(long Ram, long? Vram = null)
{
    /// <summary>No limits.</summary>
    public static MemoryBudget Unlimited { get; } = new(long.MaxValue, long.MaxValue);

    /// <summary>
    /// Whether <see cref="Ram"/> is what is free now and not a limit that was given. Page-locked weights, which only save time, then
    /// take at most half of what a run leaves of it: the system can neither drop nor swap them, what is free is an estimate that
    /// other programs change, and the weights that do not stay are read fast only as long as the file cache has room for them.
    /// </summary>
    public bool RamIsFree { get; init; }

    /// <summary>What is free now, container limits included, less a reserve of 256 MiB.</summary>
    /// <param name="gpu">The GPU's index; null for the CPU alone.</param>
    public static MemoryBudget Now(int? gpu = null)
    {
        var ram = SystemMemory.Read().Available + ProcessMemory.Read().Anonymous - PlanConstants.Reserve;
        var vram = gpu is { } index ? DeviceMemory.Read(index)?.Free - PlanConstants.Reserve : null;
        return new(Math.Max(ram, 0), vram is { } free ? Math.Max(free, 0) : null) { RamIsFree = true };
    }

    /// <summary>What page-locked weights may take beside a need, in bytes.</summary>
    internal long PinnedBeside(long ram) => Math.Max(0, Ram - ram) / (RamIsFree ? 2 : 1);

    /// <summary>Whether a need fits.</summary>
    internal bool Holds(long ram, long vram) => ram <= Ram && vram <= (Vram ?? 0);
}

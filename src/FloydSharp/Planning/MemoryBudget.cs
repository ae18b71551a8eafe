using FloydSharp.Memory;

namespace FloydSharp.Planning;

/// <summary>What a run may use at most.</summary>
/// <param name="Ram">Anonymous memory of the process, in bytes; mapped files are not counted, because the kernel can drop them.</param>
/// <param name="Vram">Memory of the GPU, the driver's part for this process included, in bytes; null where there is no GPU.</param>
public sealed record MemoryBudget(long Ram, long? Vram = null)
{
    /// <summary>No limits.</summary>
    public static MemoryBudget Unlimited { get; } = new(long.MaxValue, long.MaxValue);

    /// <summary>What is free now, container limits included, less a reserve of 256 MiB.</summary>
    /// <param name="gpu">The GPU's index; null for the CPU alone.</param>
    public static MemoryBudget Now(int? gpu = null)
    {
        var ram = SystemMemory.Read().Available + ProcessMemory.Read().Anonymous - PlanConstants.Reserve;
        var vram = gpu is { } index ? DeviceMemory.Read(index)?.Free - PlanConstants.Reserve : null;
        return new(Math.Max(ram, 0), vram is { } free ? Math.Max(free, 0) : null);
    }

    /// <summary>Whether a need fits.</summary>
    internal bool Holds(long ram, long vram) => ram <= Ram && vram <= (Vram ?? 0);
}

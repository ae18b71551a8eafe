using FloydSharp.Memory;
using FloydSharp.Native;

namespace FloydSharp.Kernels.Cpu;

/// <summary>How a model's layers are computed on a CPU.</summary>
public sealed record CpuKernelOptions
{
    private const double ShareOfFreeMemory = 0.4;

    /// <summary>By libtorch's operators alone.</summary>
    public static CpuKernelOptions Plain { get; } = new() { Path = CpuPath.Plain };

    /// <summary>The way; by default the fastest this processor has.</summary>
    public CpuPath Path { get; init; } = CpuPaths.Default;

    /// <summary>
    /// Bytes that filters transformed for faster convolutions may keep, four times what the filters themselves take; those
    /// that find no room are transformed at each use, which changes the time alone. Null means two fifths of the memory that is free when the model is prepared.
    /// </summary>
    public long? TransformedBytes { get; init; }

    internal long EffectiveTransformedBytes => TransformedBytes ?? (long)(SystemMemory.Read().Available * ShareOfFreeMemory);
}

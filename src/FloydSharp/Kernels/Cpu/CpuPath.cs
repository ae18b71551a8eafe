using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FloydSharp.Kernels.Cpu;

/// <summary>How layers are computed on a CPU in float32.</summary>
public enum CpuPath
{
    /// <summary>By libtorch's operators, as the reference does.</summary>
    Plain,

    /// <summary>By FloydSharp's kernels with vectors of 8 numbers (AVX2 and FMA).</summary>
    Vector256,

    /// <summary>By FloydSharp's kernels with vectors of 16 numbers (AVX-512).</summary>
    Vector512,
}

/// <summary>What this processor can do.</summary>
public static class CpuPaths
{
    /// <summary>Environment variable: any value but 0 makes every model use <see cref="CpuPath.Plain"/>.</summary>
    public const string PlainVariable = "FLOYD_PLAIN";

    /// <summary>The fastest that this processor has.</summary>
    public static CpuPath Fastest { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? CpuPath.Vector512
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? CpuPath.Vector256
        : CpuPath.Plain;

    /// <summary>What models use unless told otherwise: <see cref="Fastest"/>, or plain where the environment says so.</summary>
    public static CpuPath Default =>
        Environment.GetEnvironmentVariable(PlainVariable) is { Length: > 0 } value && value != "0" ? CpuPath.Plain : Fastest;
}

using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FloydSharp.Native;

/// <summary>Which ways of computing layers this processor has.</summary>
public static class CpuPaths
{
    /// <summary>Environment variable: any value but 0 makes every model use <see cref="CpuPath.Plain"/>, on GPUs <see cref="CudaPath.Plain"/>.</summary>
    public const string PlainVariable = "FLOYD_PLAIN";

    /// <summary>The fastest that this processor has.</summary>
    public static CpuPath Fastest { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? CpuPath.Vector512
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? CpuPath.Vector256
        : CpuPath.Plain;

    /// <summary>What models use unless told otherwise: <see cref="Fastest"/>, or plain where the environment says so.</summary>
    public static CpuPath Default => WantsPlain ? CpuPath.Plain : Fastest;

    /// <summary>Whether the environment asks for libtorch's operators alone, on any device.</summary>
    internal static bool WantsPlain => Environment.GetEnvironmentVariable(PlainVariable) is { Length: > 0 } value && value != "0";
}

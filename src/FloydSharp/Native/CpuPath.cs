namespace FloydSharp.Native;

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

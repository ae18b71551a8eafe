namespace FloydSharp.Native;

/// <summary>How layers are computed on a GPU.</summary>
public enum CudaPath
{
    /// <summary>By libtorch's operators, as the reference does.</summary>
    Plain,

    /// <summary>With features in channels-last order and FloydSharp's kernels between convolutions and products.</summary>
    Fused,
}

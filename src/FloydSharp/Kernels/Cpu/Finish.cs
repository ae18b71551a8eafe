namespace FloydSharp.Kernels.Cpu;

/// <summary>What is done with the results of a product or convolution before they are stored: (x + bias + residual) * scale.</summary>
internal unsafe struct Finish
{
    /// <summary>One number per column, or null.</summary>
    public float* Bias;

    /// <summary>Numbers of the results' own shape, or null.</summary>
    public float* Residual;

    /// <summary>Numbers from one of the residual's rows to the next.</summary>
    public long ResidualStride;

    /// <summary>The factor.</summary>
    public float Scale;

    /// <summary>The same for results that begin at another row and column.</summary>
    public readonly Finish At(long row, int column) => new()
    {
        Bias = Bias == null ? null : Bias + column,
        Residual = Residual == null ? null : Residual + (row * ResidualStride) + column,
        ResidualStride = ResidualStride,
        Scale = Scale,
    };
}

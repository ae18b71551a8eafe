using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A linear map over the last dimension. All matrix products with weights of all models run through here.</summary>
public sealed class Linear : Layer
{
    private readonly Weight weight;
    private readonly Weight? bias;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public Linear(long inFeatures, long outFeatures, bool bias = true)
    {
        weight = AddCompactWeight("weight", outFeatures, inFeatures);
        this.bias = bias ? AddWeight("bias", outFeatures) : null;
    }

    /// <summary>The dtype the product runs in; inputs must have it.</summary>
    public ScalarType WeightDType => weight.DType;

    /// <summary>A faster way for this layer; null for the plain one. Not disposed.</summary>
    public ILinearKernel? Kernel { get; set; }

    /// <summary>Whether inputs are a text's tokens: so few rows that reading the matrix takes as long as multiplying by it.</summary>
    internal bool TakesFewRows { get; init; }

    /// <summary>The matrix (Dout, Din).</summary>
    internal Weight Matrix => weight;

    /// <summary>What is added, (Dout); null for nothing.</summary>
    internal Weight? Offset => bias;

    /// <summary>Multiplies.</summary>
    /// <param name="x">(..., Din), <see cref="WeightDType"/>. Not disposed.</param>
    /// <returns>(..., Dout), owned by the caller.</returns>
    public Tensor forward(Tensor x) => weight.Compact is { } compact
        ? CompactProduct.Linear(x, compact, bias?.Value, Kernel is null ? null : Kernel.TryRun)
        : Kernel?.TryRun(x, weight, bias, null) ?? Product.Linear(x, weight.Value, bias?.Value);

    /// <summary>Multiplies and adds a residual.</summary>
    /// <param name="x">(..., Din), <see cref="WeightDType"/>. Not disposed.</param>
    /// <param name="residual">(..., Dout). Not disposed.</param>
    /// <returns>(..., Dout), owned by the caller.</returns>
    public Tensor forward(Tensor x, Tensor residual)
    {
        if (Kernel?.TryRun(x, weight, bias, residual) is { } result)
            return result;
        using var product = forward(x);                                       // (..., Dout)
        return product.Plus(residual);
    }
}

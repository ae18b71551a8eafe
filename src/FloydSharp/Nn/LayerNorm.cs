using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Layer normalisation over the last dimension (Ba et al. 2016, arXiv:1607.06450).</summary>
public sealed class LayerNorm : Layer, IUsesRowKernels
{
    private readonly Weight weight;
    private readonly Weight bias;
    private readonly long[] _shape;
    private readonly double _eps;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="features">Width of the last dimension.</param>
    /// <param name="eps">Added to the variance.</param>
    public LayerNorm(long features, double eps = 1e-5)
    {
        weight = AddWeight("weight", features);
        bias = AddWeight("bias", features);
        _shape = [features];
        _eps = eps;
    }

    IRowKernels? IUsesRowKernels.RowKernels { get; set; }

    /// <summary>Normalises.</summary>
    /// <param name="x">(..., D), the weights' dtype. Not disposed.</param>
    /// <returns>(..., D), owned by the caller.</returns>
    public Tensor forward(Tensor x) =>
        ((IUsesRowKernels)this).RowKernels?.TryLayerNorm(x, weight.Value, bias.Value, _eps) ?? nn.functional.layer_norm(x, _shape, weight.Value, bias.Value, _eps);
}

// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5LayerNorm.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>Root mean square normalisation without mean and bias (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
public sealed class T5LayerNorm : Layer, IUsesRowKernels
{
    private readonly Weight weight;
    private readonly double _eps;

    /// <summary>Declares the layer without allocating its weight.</summary>
    /// <param name="width">Width of the last dimension.</param>
    /// <param name="eps">Added to the mean square.</param>
    public T5LayerNorm(long width, double eps)
    {
        weight = AddWeight("weight", width);
        _eps = eps;
    }

    IRowKernels? IUsesRowKernels.RowKernels { get; set; }

    /// <summary>Normalises; the mean square is taken in float32.</summary>
    /// <param name="x">(..., D), any floating dtype. Not disposed.</param>
    /// <returns>(..., D), the weight's dtype; owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        if (((IUsesRowKernels)this).RowKernels?.TryRmsNorm(x, weight.Value, _eps) is { } fused)
            return fused;
        using var scope = NewDisposeScope();
        var x32 = x.to(ScalarType.Float32);
        var meanSquare = x32.Square().mean([-1L], keepdim: true);             // (..., 1)
        var normalised = (x32 * rsqrt(meanSquare.Plus(_eps))).to(weight.Value.dtype);
        return (normalised * weight.Value).MoveToOuterDisposeScope();
    }
}

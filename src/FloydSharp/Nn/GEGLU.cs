// Follows diffusers (Apache-2.0), src/diffusers/models/activations.py, GEGLU.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A linear map of which one half is gated by the GELU of the other (Shazeer 2020, arXiv:2002.05202).</summary>
public sealed class GEGLU : Layer, IUsesRowKernels
{
    private readonly Linear proj;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="width">Width of the input.</param>
    /// <param name="innerWidth">Width of the output.</param>
    public GEGLU(long width, long innerWidth) => proj = Add("proj", new Linear(width, 2 * innerWidth));

    IRowKernels? IUsesRowKernels.RowKernels { get; set; }

    /// <summary>Maps and gates.</summary>
    /// <param name="x">(..., D), the weights' dtype. Not disposed.</param>
    /// <returns>(..., Dinner), owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var both = proj.forward(x);                                           // (..., 2 Dinner)
        if (((IUsesRowKernels)this).RowKernels?.TryGate(both, Activation.Gelu, second: true, both.dtype) is { } gated)
            return gated.MoveToOuterDisposeScope();
        var halves = both.chunk(2, dim: -1);                                  // 2 x (..., Dinner)
        return (halves[0] * Activation.Gelu.Apply(halves[1])).MoveToOuterDisposeScope();
    }
}

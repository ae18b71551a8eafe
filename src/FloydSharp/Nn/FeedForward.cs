// Follows diffusers (Apache-2.0), src/diffusers/models/attention.py, FeedForward.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>The position-wise part of a transformer block: up to four times the width, gated, and back.</summary>
public sealed class FeedForward : Layer
{
    private readonly GEGLU _up;
    private readonly Linear _down;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="width">Width of input and output.</param>
    public FeedForward(long width)
    {
        _up = new GEGLU(width, 4 * width);
        _down = new Linear(4 * width, width);

        // Number 1 is dropout in the reference: it has no weights but takes a number.
        Add("net", new LayerList<Layer>(_up, null, _down));
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="x">(B, S, D), the weights' dtype. Not disposed.</param>
    /// <param name="residual">Added to the result, (B, S, D). Not disposed.</param>
    /// <returns>(B, S, D), owned by the caller.</returns>
    public Tensor forward(Tensor x, Tensor residual) => _up.forward(x).Then(h => _down.forward(h, residual)); // (B, S, D)
}

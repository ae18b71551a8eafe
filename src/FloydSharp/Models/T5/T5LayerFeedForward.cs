// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5LayerFF.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>The second half of a block: norm, feed-forward layer, residual.</summary>
public sealed class T5LayerFeedForward : Layer
{
    private readonly T5GatedFeedForward DenseReluDense;
    private readonly T5LayerNorm layer_norm;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    public T5LayerFeedForward(T5Config config)
    {
        DenseReluDense = Add("DenseReluDense", new T5GatedFeedForward(config));
        layer_norm = Add("layer_norm", new T5LayerNorm(config.DModel, config.LayerNormEpsilon));
    }

    /// <summary>Runs the half block.</summary>
    /// <param name="hidden">(B, T, D). Not disposed.</param>
    /// <returns>(B, T, D), float32 where <c>wo</c> is; owned by the caller.</returns>
    public Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var change = layer_norm.forward(hidden).Then(DenseReluDense.forward);
        return hidden.Plus(change).MoveToOuterDisposeScope();                 // (B, T, D)
    }
}

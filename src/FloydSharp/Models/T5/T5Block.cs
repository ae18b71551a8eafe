// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5Block.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>One encoder block: self-attention, then the gated feed-forward layer.</summary>
public sealed class T5Block : Layer
{
    private readonly T5LayerSelfAttention _attention;
    private readonly T5LayerFeedForward _feedForward;

    /// <summary>Declares the block without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    /// <param name="hasRelativeAttentionBias">Whether this block holds the table of position biases; the first does.</param>
    public T5Block(T5Config config, bool hasRelativeAttentionBias)
    {
        _attention = new T5LayerSelfAttention(config, hasRelativeAttentionBias);
        _feedForward = new T5LayerFeedForward(config);
        Add("layer", new LayerList<Layer>(_attention, _feedForward));
    }

    /// <summary>The biases of all pairs of positions, from the first block's table.</summary>
    /// <param name="length">Tokens T.</param>
    /// <param name="device">Where the table is.</param>
    /// <returns>(1, N, T, T), owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">This block does not hold the table.</exception>
    public Tensor PositionBias(long length, Device device) => _attention.SelfAttention.PositionBias(length, device);

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">(B, T, D). Not disposed.</param>
    /// <param name="bias">Position bias and mask, broadcast to (B, N, T, T). Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor bias)
    {
        using var scope = NewDisposeScope();
        return _attention.forward(hidden, bias)
            .Then(ClampHalf)
            .Then(_feedForward.forward)
            .Then(ClampHalf)
            .MoveToOuterDisposeScope();                                       // (B, T, D)
    }

    // Trained in bfloat16, the model can leave float16's range; the reference brings it back in the same way.
    private static Tensor ClampHalf(Tensor x)
    {
        if (x.dtype != ScalarType.Float16)
            return x.alias();

        using var scope = NewDisposeScope();
        var max = finfo(ScalarType.Float16).max;
        var limit = TensorArithmetic.FullLike(x, max).where(isinf(x).any().logical_not(), TensorArithmetic.FullLike(x, max - 1000)); // no wait for the device
        return minimum(maximum(x, -limit), limit).MoveToOuterDisposeScope();
    }
}

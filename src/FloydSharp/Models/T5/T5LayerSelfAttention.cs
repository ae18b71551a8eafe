// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5LayerSelfAttention.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>The first half of a block: norm, self-attention, residual.</summary>
public sealed class T5LayerSelfAttention : Layer
{
    private readonly T5LayerNorm layer_norm;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    /// <param name="hasRelativeAttentionBias">Whether this is the block that holds the bias table.</param>
    public T5LayerSelfAttention(T5Config config, bool hasRelativeAttentionBias)
    {
        SelfAttention = Add("SelfAttention", new T5Attention(config, hasRelativeAttentionBias));
        layer_norm = Add("layer_norm", new T5LayerNorm(config.DModel, config.LayerNormEpsilon));
    }

    /// <summary>The attention itself.</summary>
    public T5Attention SelfAttention { get; }

    /// <summary>Runs the half block.</summary>
    /// <param name="hidden">(B, T, D). Not disposed.</param>
    /// <param name="bias">Position bias and mask, broadcast to (B, N, T, T). Not disposed.</param>
    /// <returns>(B, T, D), the wider of the dtypes of <paramref name="hidden"/> and the weights; owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var attended = layer_norm.forward(hidden).Then(x => SelfAttention.forward(x, bias));
        return hidden.Plus(attended).MoveToOuterDisposeScope();               // (B, T, D)
    }
}

// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPEncoderLayer.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>One layer: attention and feed-forward, each after a norm and with a residual.</summary>
public sealed class ClipEncoderLayer : Layer
{
    private readonly ClipAttention self_attn;
    private readonly LayerNorm layer_norm1;
    private readonly ClipMlp mlp;
    private readonly LayerNorm layer_norm2;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="sizes">The encoder's sizes.</param>
    public ClipEncoderLayer(ClipEncoderSizes sizes)
    {
        self_attn = Add("self_attn", new ClipAttention(sizes));
        layer_norm1 = Add("layer_norm1", new LayerNorm(sizes.HiddenSize, sizes.LayerNormEps));
        mlp = Add("mlp", new ClipMlp(sizes));
        layer_norm2 = Add("layer_norm2", new LayerNorm(sizes.HiddenSize, sizes.LayerNormEps));
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <param name="mask">Added to the scores, broadcast to (B, N, T, T); null for none. Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var attended = layer_norm1.forward(hidden)
            .Then(x => self_attn.forward(x, mask))
            .Then(hidden.Plus);                                               // (B, T, D)
        var change = layer_norm2.forward(attended).Then(mlp.forward);
        return attended.Plus(change).MoveToOuterDisposeScope();               // (B, T, D)
    }
}

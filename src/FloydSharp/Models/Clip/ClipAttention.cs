// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPAttention.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762).</summary>
public sealed class ClipAttention : Layer
{
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear q_proj;
    private readonly Linear out_proj;
    private readonly long _heads;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="sizes">The encoder's sizes.</param>
    public ClipAttention(ClipEncoderSizes sizes)
    {
        _heads = sizes.Heads;
        k_proj = Add("k_proj", new Linear(sizes.HiddenSize, sizes.HiddenSize));
        v_proj = Add("v_proj", new Linear(sizes.HiddenSize, sizes.HiddenSize));
        q_proj = Add("q_proj", new Linear(sizes.HiddenSize, sizes.HiddenSize));
        out_proj = Add("out_proj", new Linear(sizes.HiddenSize, sizes.HiddenSize));
    }

    /// <summary>Attends.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <param name="mask">Added to the scores, broadcast to (B, N, T, T); null for none. Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var attended = ScaledDotProductAttention.Attend(
            Heads(q_proj.forward(hidden)), Heads(k_proj.forward(hidden)), Heads(v_proj.forward(hidden)), mask); // (B, N, T, K)
        var merged = attended.transpose(1, 2).flatten(2);                     // (B, T, D)
        return out_proj.forward(merged).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x) =>
        x.view(x.shape[0], x.shape[1], _heads, x.shape[2] / _heads).transpose(1, 2); // (B, N, T, K)
}

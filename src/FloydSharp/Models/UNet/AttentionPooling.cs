// Follows diffusers (Apache-2.0), src/diffusers/models/embeddings.py, AttentionPooling.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet;

/// <summary>Pools a sequence into one vector: its mean looks at the mean and at all of the sequence.</summary>
public sealed class AttentionPooling : Layer
{
    private readonly Weight positional_embedding;
    private readonly Linear k_proj;
    private readonly Linear q_proj;
    private readonly Linear v_proj;
    private readonly long _heads;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <param name="width">Width of the sequence.</param>
    /// <exception cref="ArgumentException">The heads do not divide the width.</exception>
    public AttentionPooling(long heads, long width)
    {
        if (heads <= 0 || width % heads != 0)
            throw new ArgumentException($"A width of {width} does not divide into {heads} heads.", nameof(heads));
        _heads = heads;
        positional_embedding = AddWeight("positional_embedding", 1, width);
        k_proj = Add("k_proj", new Linear(width, width));
        q_proj = Add("q_proj", new Linear(width, width));
        v_proj = Add("v_proj", new Linear(width, width));
    }

    /// <summary>Pools.</summary>
    /// <param name="x">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <returns>(B, D), owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var mean = x.mean([1], keepdim: true).Plus(positional_embedding.Value); // (B, 1, D)
        var all = cat([mean, x], dim: 1);                                     // (B, 1 + T, D)
        var q = Heads.Split(q_proj.forward(mean), _heads);                    // (B, N, 1, K)
        var k = Heads.Split(k_proj.forward(all), _heads);                     // (B, N, 1 + T, K)
        var v = Heads.Split(v_proj.forward(all), _heads);                     // (B, N, 1 + T, K)
        return ScaledDotProductAttention.Attend(q, k, v)                      // (B, N, 1, K)
            .flatten(1).MoveToOuterDisposeScope();                            // (B, D)
    }
}

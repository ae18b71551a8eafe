// Follows diffusers (Apache-2.0), src/diffusers/models/attention_processor.py, Attention as made by UNetMidBlock2D.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>Self-attention of all positions of a picture with a single head as wide as the channels, and a residual.</summary>
public sealed class VaeAttention : Layer, IAttends, IJoinsLinears
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly LayerList<Linear> to_out;
    private readonly JoinedLinear _all;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="channels">Channels C of the picture.</param>
    /// <param name="groups">Groups of the norm.</param>
    public VaeAttention(long channels, long groups)
    {
        group_norm = Add("group_norm", new GroupNorm(groups, channels, 1e-6));
        to_q = Add("to_q", new Linear(channels, channels));
        to_k = Add("to_k", new Linear(channels, channels));
        to_v = Add("to_v", new Linear(channels, channels));
        to_out = Add("to_out", new LayerList<Linear>(new Linear(channels, channels)));
        _all = new(to_q, to_k, to_v);
    }

    /// <inheritdoc/>
    public IAttentionKernel? AttentionKernel { get; set; }

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => [_all];

    /// <summary>Attends.</summary>
    /// <param name="x">(B, C, H, W), the weights' dtype. Not disposed.</param>
    /// <returns>(B, C, H, W), owned by the caller.</returns>
    public Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var tokens = group_norm.forward(x).Then(ToTokens);                    // (B, 1, S, C)
        var parts = _all.forward(tokens);                                     // (B, 1, S, C) each
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        tokens.Dispose();
        return QueryChunks.Attend(q, k, v, QueryChunks.RowsFor(q, k), AttentionKernel) // (B, 1, S, C)
            .Then(to_out[0].forward)
            .Then(h => AddPicture(h, x))                                      // (B, C, H, W)
            .MoveToOuterDisposeScope();
    }

    private static Tensor ToTokens(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.flatten(2).transpose(1, 2).unsqueeze(1).contiguous().MoveToOuterDisposeScope(); // (B, 1, S, C)
    }

    private static Tensor AddPicture(Tensor tokens, Tensor x)
    {
        using var scope = NewDisposeScope();
        return tokens.squeeze(1).transpose(1, 2).reshape(x.shape).Plus(x).MoveToOuterDisposeScope(); // (B, C, H, W)
    }
}

// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5Attention.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>Self-attention with unscaled scores and a learned bias per head and distance; the first block holds the bias for all.</summary>
public sealed class T5Attention : Layer, IJoinsLinears, IUsesBiasedAttention
{
    private readonly Linear q;
    private readonly Linear k;
    private readonly Linear v;
    private readonly Linear o;
    private readonly Embedding? relative_attention_bias;
    private readonly JoinedLinear _all;
    private readonly T5Config _config;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    /// <param name="hasRelativeAttentionBias">Whether this is the block that holds the bias table.</param>
    public T5Attention(T5Config config, bool hasRelativeAttentionBias)
    {
        _config = config;
        var inner = config.NumHeads * config.DKv;
        q = Add("q", new Linear(config.DModel, inner, bias: false) { TakesFewRows = true });
        k = Add("k", new Linear(config.DModel, inner, bias: false) { TakesFewRows = true });
        v = Add("v", new Linear(config.DModel, inner, bias: false) { TakesFewRows = true });
        _all = new(q, k, v);
        o = Add("o", new Linear(inner, config.DModel, bias: false) { TakesFewRows = true });
        if (hasRelativeAttentionBias)
            relative_attention_bias = Add("relative_attention_bias", new Embedding(config.RelativeAttentionNumBuckets, config.NumHeads));
    }

    IEnumerable<JoinedLinear> IJoinsLinears.Joins => [_all];

    IBiasedAttention? IUsesBiasedAttention.BiasedAttention { get; set; }

    /// <summary>The biases of all pairs of positions.</summary>
    /// <param name="length">Tokens T.</param>
    /// <param name="device">Where the table is.</param>
    /// <returns>(1, N, T, T), the table's dtype, made once per length without gradients; owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">This block does not hold the table.</exception>
    public Tensor PositionBias(long length, Device device)
    {
        if (relative_attention_bias is null)
            throw new InvalidOperationException("Only the first block holds the table of position biases.");

        using var scope = NewDisposeScope();
        var table = relative_attention_bias.Table;
        if (is_grad_enabled())
            return MakeBias(length, device).MoveToOuterDisposeScope();
        return (table.Prepared((nameof(PositionBias), length, device.ToString()), () => MakeBias(length, device).DetachFromDisposeScope())?.alias()
            ?? MakeBias(length, device)).MoveToOuterDisposeScope();
    }

    private Tensor MakeBias(long length, Device device)
    {
        using var scope = NewDisposeScope();
        var buckets = tensor(
            RelativePositionBuckets.OfSequence(length, _config.RelativeAttentionNumBuckets, _config.RelativeAttentionMaxDistance),
            [length, length], device: device);                                // (T, T)
        return relative_attention_bias!.forward(buckets)                      // (T, T, N)
            .permute(2, 0, 1).unsqueeze(0).contiguous()                       // (1, N, T, T)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Attends.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <param name="bias">Position bias and mask, broadcast to (B, N, T, T). Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var parts = _all.forward(hidden);                                     // (B, T, N * K) each
        if (((IUsesBiasedAttention)this).BiasedAttention?.TryRun(parts[0], parts[1], parts[2], bias) is { } fused) // (B, T, N * K)
            return o.forward(fused).MoveToOuterDisposeScope();                // (B, T, D)
        var attended = ScaledDotProductAttention.Attend(Heads(parts[0]), Heads(parts[1]), Heads(parts[2]), bias, scale: 1); // (B, N, T, K)
        var merged = attended.transpose(1, 2).flatten(2);                     // (B, T, N * K)
        return o.forward(merged).MoveToOuterDisposeScope();                   // (B, T, D)
    }

    private Tensor Heads(Tensor x) =>
        x.view(x.shape[0], x.shape[1], _config.NumHeads, _config.DKv).transpose(1, 2); // (B, N, T, K)
}

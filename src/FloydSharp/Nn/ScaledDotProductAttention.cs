using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// softmax(Q K^T * scale + mask) V (Vaswani et al. 2017, arXiv:1706.03762, equation 1) without forming the score matrix where
/// the device can. All attention of all models runs through here.
/// </summary>
public static class ScaledDotProductAttention
{
    /// <summary>Attends.</summary>
    /// <param name="q">Queries (B, N, S, K). Not disposed.</param>
    /// <param name="k">Keys (B, N, T, K). Not disposed.</param>
    /// <param name="v">Values (B, N, T, K). Not disposed.</param>
    /// <param name="mask">Added to the scores, broadcast to (B, N, S, T); null for none. Not disposed.</param>
    /// <param name="scale">Factor on the scores; null means 1 / sqrt(K).</param>
    /// <param name="kernel">A faster way, used where it serves these tensors and there is no mask. Not disposed.</param>
    /// <returns>(B, N, S, K), owned by the caller.</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask = null, double? scale = null, IAttentionKernel? kernel = null)
    {
        if (mask is null && kernel?.TryRun(q, [(k, v)], scale ?? (1 / Math.Sqrt(q.shape[^1]))) is { } result)
            return result;

        using var scope = NewDisposeScope();
        if (scale is { } factor)
        {
            // TorchSharp offers no scale argument: the kernel divides by sqrt(K), so the queries carry the rest.
            var rest = factor * Math.Sqrt(q.shape[^1]);
            if (Math.Abs(rest - 1) > 1e-12)
                q = q.Times(rest);                                            // (B, N, S, K)
        }

        return nn.functional.scaled_dot_product_attention(q, k, v, mask, 0, false).MoveToOuterDisposeScope();
    }

    /// <summary>Attends to two sources of keys and values in one softmax, the text's first.</summary>
    /// <param name="q">Queries (B, N, S, K). Not disposed.</param>
    /// <param name="textK">Keys of the text (B, N, T, K). Not disposed.</param>
    /// <param name="textV">Values of the text (B, N, T, K). Not disposed.</param>
    /// <param name="k">Keys of the picture (B, N, S, K). Not disposed.</param>
    /// <param name="v">Values of the picture (B, N, S, K). Not disposed.</param>
    /// <param name="kernel">A faster way, used where it serves these tensors. Not disposed.</param>
    /// <returns>(B, N, S, K), owned by the caller.</returns>
    public static Tensor Attend(Tensor q, Tensor textK, Tensor textV, Tensor k, Tensor v, IAttentionKernel? kernel = null)
    {
        if (kernel?.TryRun(q, [(textK, textV), (k, v)], 1 / Math.Sqrt(q.shape[^1])) is { } result)
            return result;

        using var scope = NewDisposeScope();
        var allK = cat([textK, k], dim: 2);                                   // (B, N, T + S, K)
        var allV = cat([textV, v], dim: 2);                                   // (B, N, T + S, K)
        return Attend(q, allK, allV).MoveToOuterDisposeScope();
    }
}

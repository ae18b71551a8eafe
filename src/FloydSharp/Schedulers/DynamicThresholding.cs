using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// Dynamic thresholding (Saharia et al. 2022, arXiv:2205.11487, section 2.3): each image is clamped to a high quantile s of
/// its absolute values and divided by s, which keeps strong guidance from saturating pixels.
/// </summary>
public static class DynamicThresholding
{
    // Above this many values float32 cannot hold a rank, and torch.quantile refuses.
    private const long MaxFloatRank = 1 << 24;

    /// <summary>Thresholds a batch of predicted images, without waiting for the device.</summary>
    /// <param name="x0">(B, C, H, W), floating point. Not disposed.</param>
    /// <param name="ratio">The quantile, 0 to 1.</param>
    /// <param name="max">The largest s; the smallest is 1, which equals plain clipping.</param>
    /// <returns>(B, C, H, W) in [-1, 1], dtype of <paramref name="x0"/>, owned by the caller.</returns>
    public static Tensor Apply(Tensor x0, double ratio, double max)
    {
        ArgumentNullException.ThrowIfNull(x0);
        ArgumentOutOfRangeException.ThrowIfNegative(ratio);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ratio, 1);
        using var scope = NewDisposeScope();
        var wide = x0.dtype is ScalarType.Float32 or ScalarType.Float64 ? x0 : x0.to(ScalarType.Float32);
        var flat = wide.reshape(x0.shape[0], -1);                               // (B, C * H * W)

        // A cap below 1 wins over the floor of 1, as in torch.clamp.
        var s = Quantile(flat.abs(), ratio).Clamp(Math.Min(1, max), max); // (B, 1)
        return (flat.clamp(-s, s) / s).reshape(x0.shape).to(x0.dtype).MoveToOuterDisposeScope(); // (B, C, H, W)
    }

    /// <summary>
    /// The quantile of each row by linear interpolation between its two neighbours in rank. The numbers of torch.quantile,
    /// which sorts each row; selecting the two neighbours is cheaper and has no limit on the length of a row.
    /// </summary>
    /// <param name="rows">(B, N), float32 or float64. Not disposed.</param>
    /// <param name="ratio">0 to 1.</param>
    /// <returns>(B, 1), owned by the caller.</returns>
    internal static Tensor Quantile(Tensor rows, double ratio)
    {
        using var scope = NewDisposeScope();
        var last = rows.shape[1] - 1;
        var rank = rows.dtype == ScalarType.Float32 && last < MaxFloatRank ? (float)ratio * (float)last : ratio * last;
        var below = (long)Math.Floor(rank);
        var weight = rank - below;
        var lower = rows.kthvalue(below + 1, 1, keepdim: true).values;          // (B, 1)
        if (weight == 0)
            return lower.MoveToOuterDisposeScope();
        var upper = rows.kthvalue(below + 2, 1, keepdim: true).values;          // (B, 1)
        return lower.lerp(upper, TensorArithmetic.FullLike(lower, weight)).MoveToOuterDisposeScope(); // (B, 1)
    }
}

using static TorchSharp.torch;

namespace FloydSharp.Training.Losses;

/// <summary>
/// How much each noise level counts in the squared error of predicted noise, by its signal-to-noise ratio. An error of the noise
/// is one of the picture times 1 / ratio, so where noise prevails, equal weights hardly see a wrong colour of the whole picture.
/// </summary>
/// <param name="LargestRatio">Bound of min(ratio, bound) / ratio (Hang et al. 2023, arXiv:2303.09556, section 3.4); 0 for none.</param>
/// <param name="LargestWeight">Bound of 1 / ratio, the weight where noise prevails; 1 for none.</param>
internal sealed record NoiseWeights(double LargestRatio, double LargestWeight)
{
    /// <summary>All levels count alike.</summary>
    public static NoiseWeights Even { get; } = new(0, 1);

    /// <summary>Whether all levels count alike.</summary>
    public bool IsEven => LargestRatio <= 0 && LargestWeight <= 1;

    /// <summary>The weight of each sample.</summary>
    /// <param name="terms">The schedule at the samples' timesteps.</param>
    /// <returns>(B), float32; owned by the caller.</returns>
    public Tensor At(ScheduleTerms terms)
    {
        using var scope = NewDisposeScope();
        var ratio = terms.SignalToNoise.flatten();                            // (B)
        var weight = ratio.reciprocal().Clamp(1, Math.Max(1, LargestWeight));
        if (LargestRatio > 0)
            weight = weight * ratio.reciprocal().Times(LargestRatio).AtMost(1);
        return weight.MoveToOuterDisposeScope();
    }
}

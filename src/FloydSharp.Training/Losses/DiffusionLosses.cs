using static TorchSharp.torch;

namespace FloydSharp.Training.Losses;

/// <summary>What diffusion models are trained to make small. All run in float32.</summary>
internal static class DiffusionLosses
{
    private const double BitsPerNat = 1.4426950408889634;

    /// <summary>
    /// The hybrid loss of a model that predicts noise and a variance between the two bounds (Nichol and Dhariwal 2021,
    /// arXiv:2102.09672, equations 15 and 16).
    /// </summary>
    /// <param name="output">Noise, then variance, (B, 2C, H, W), any floating dtype. Not disposed.</param>
    /// <param name="clean">(B, C, H, W) in [-1, 1], float32. Not disposed.</param>
    /// <param name="noise">(B, C, H, W), float32. Not disposed.</param>
    /// <param name="noisy">(B, C, H, W), float32. Not disposed.</param>
    /// <param name="terms">The schedule at the samples' timesteps.</param>
    /// <param name="isFirst">(B), true where the timestep is 0. Not disposed.</param>
    /// <param name="weights">How much each noise level counts.</param>
    /// <returns>The loss to run backward from, and (3): loss, squared error, bits per dimension and timestep, detached. Owned by the caller.</returns>
    public static (Tensor Loss, Tensor Parts) LearnedVariance(
        Tensor output, Tensor clean, Tensor noise, Tensor noisy, ScheduleTerms terms, Tensor isFirst, NoiseWeights weights)
    {
        using var scope = NewDisposeScope();
        var halves = output.to(ScalarType.Float32).chunk(2, dim: 1);          // 2 x (B, C, H, W)
        var squared = (halves[0] - noise).Square().mean([1L, 2L, 3L]);        // (B)
        var weighted = weights.IsEven ? squared : squared * weights.At(terms);
        var bits = VariationalBound(halves[0].detach(), halves[1], clean, noisy, terms, isFirst).mean([1L, 2L, 3L]); // (B)

        // Equation 16 sums the bound over all timesteps and weighs it by 1/1000, so one of 1000 timesteps counts as it is.
        var loss = weighted.mean().Plus(bits.mean());
        var parts = stack([loss.detach(), squared.detach().mean(), bits.detach().mean()]);
        return (loss.MoveToOuterDisposeScope(), parts.MoveToOuterDisposeScope());
    }

    /// <summary>Squared error of a predicted velocity (Salimans and Ho 2022, arXiv:2202.00512, section 4).</summary>
    /// <param name="output">(B, C, H, W), any floating dtype. Not disposed.</param>
    /// <param name="clean">(B, C, H, W), float32. Not disposed.</param>
    /// <param name="noise">(B, C, H, W), float32. Not disposed.</param>
    /// <param name="terms">The schedule at the samples' timesteps.</param>
    /// <returns>A scalar; owned by the caller.</returns>
    public static Tensor Velocity(Tensor output, Tensor clean, Tensor noise, ScheduleTerms terms)
    {
        using var scope = NewDisposeScope();
        var target = (terms.Signal * noise) - (terms.Noise * clean);          // (B, C, H, W)
        return (output.to(ScalarType.Float32) - target).Square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The bound's term per pixel in bits: how far the model's step is from the true posterior, and at the first timestep how
    /// unlikely the picture's 8-bit values are. The mean gets no gradient: the squared error alone trains it.
    /// </summary>
    private static Tensor VariationalBound(Tensor predictedNoise, Tensor variance, Tensor clean, Tensor noisy, ScheduleTerms terms, Tensor isFirst)
    {
        using var scope = NewDisposeScope();
        var predicted = ((noisy - (terms.Noise * predictedNoise)) / terms.Signal).Clamp(-1, 1); // (B, C, H, W)
        var mean = (terms.PosteriorClean * predicted).Plus(terms.PosteriorNoisy * noisy);
        var trueMean = (terms.PosteriorClean * clean).Plus(terms.PosteriorNoisy * noisy);
        var fraction = variance.Plus(1).DividedBy(2);
        var logVariance = (fraction * terms.MaxLogVariance).Plus(fraction.SubtractedFrom(1) * terms.MinLogVariance);

        var divergence = (logVariance - terms.MinLogVariance).Minus(1)
            .Plus((terms.MinLogVariance - logVariance).exp())
            .Plus((trueMean - mean).Square() * (-logVariance).exp())
            .Times(0.5);
        var first = -DiscreteLogLikelihood(clean, mean, logVariance);
        var nats = where(isFirst.view(-1, 1, 1, 1), first, divergence);
        return nats.Times(BitsPerNat).MoveToOuterDisposeScope();              // (B, C, H, W)
    }

    /// <summary>Log likelihood of 8-bit values under a normal distribution (Ho et al. 2020, equation 13).</summary>
    private static Tensor DiscreteLogLikelihood(Tensor x, Tensor mean, Tensor logVariance)
    {
        const double half = 1.0 / 255;
        using var scope = NewDisposeScope();
        var centred = x - mean;
        var inverse = logVariance.Times(-0.5).exp();
        var upper = Cumulative(centred.Plus(half) * inverse);
        var lower = Cumulative(centred.Minus(half) * inverse);
        var inside = (upper - lower).AtLeast(1e-12).log();
        var lowest = upper.AtLeast(1e-12).log();
        var highest = lower.SubtractedFrom(1).AtLeast(1e-12).log();
        return where(x.LessThan(-0.999), lowest, where(x.GreaterThan(0.999), highest, inside)).MoveToOuterDisposeScope();
    }

    private static Tensor Cumulative(Tensor x) => x.DividedBy(Math.Sqrt(2)).erf().Plus(1).Times(0.5);
}

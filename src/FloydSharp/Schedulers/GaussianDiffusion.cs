using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// What DDPM, DDIM and DPM-Solver share: x_t = sqrt(alphaBar) x_0 + sqrt(1 - alphaBar) noise and its inversion (Ho et al. 2020,
/// arXiv:2006.11239, equations 4 and 15). Coefficients are float32 on the host, in the reference's order of operations.
/// </summary>
internal sealed class GaussianDiffusion
{
    private readonly SchedulerConfig _config;

    public GaussianDiffusion(SchedulerConfig config)
    {
        _config = config;
        AlphasCumprod = BetaSchedule.AlphasCumprod(config);
    }

    public float[] AlphasCumprod { get; }

    /// <summary>Takes the model's output apart.</summary>
    /// <param name="modelOutput">(B, C, H, W) or (B, 2C, H, W). Not disposed.</param>
    /// <param name="sample">(B, C, H, W). Not disposed.</param>
    /// <param name="needsVariance">Whether variance channels must be there.</param>
    /// <param name="type">The config's variance type; further channels are accepted only where it is a learned one.</param>
    /// <returns>Views into <paramref name="modelOutput"/>, (B, C, H, W) each.</returns>
    public static (Tensor Prediction, Tensor? Variance) Split(Tensor modelOutput, Tensor sample, bool needsVariance, VarianceType? type)
    {
        var (got, expected) = (modelOutput.shape, sample.shape);
        if (expected.Length < 2 || got.Length != expected.Length || got[0] != expected[0] || !got.AsSpan(2).SequenceEqual(expected.AsSpan(2)))
            throw Mismatch(got, expected);
        var channels = expected[1];
        if (type is VarianceType.Learned or VarianceType.LearnedRange && got[1] == 2 * channels)
            return (modelOutput.narrow(1, 0, channels), modelOutput.narrow(1, channels, channels)); // (B, C, H, W) each
        if (got[1] != channels)
            throw Mismatch(got, expected);
        if (needsVariance)
            throw new FloydException($"The model gives {got[1]} channels for {channels} of the sample, but the scheduler's variance is learned: expected {2 * channels}.");
        return (modelOutput.alias(), null);
    }

    /// <summary>The clean image behind a noisy sample, clipped or thresholded as config and options say, (B, C, H, W).</summary>
    public Tensor PredictOriginal(Tensor prediction, Tensor sample, float alphaProd, StepOptions options)
    {
        using var scope = NewDisposeScope();
        var (signal, noise) = (MathF.Sqrt(alphaProd), MathF.Sqrt(1 - alphaProd));
        if (signal == 0 && _config.PredictionType == PredictionType.Epsilon)
            throw new FloydException("A model that predicts noise cannot start from pure noise (rescale_betas_zero_snr): use fewer steps, leading spacing or a v_prediction model.");
        var x0 = _config.PredictionType switch
        {
            PredictionType.Epsilon => (sample - prediction.Times(noise)).DividedBy(signal),
            PredictionType.Sample => prediction.alias(),
            PredictionType.VPrediction => sample.Times(signal) - prediction.Times(noise),
            _ => throw new ArgumentOutOfRangeException(nameof(prediction), _config.PredictionType, "No such prediction type."),
        };
        if (options.Thresholds(_config))
            x0 = options.Threshold(x0, _config);
        else if (_config.ClipSample)
            x0 = x0.Clamp(-_config.ClipSampleRange, _config.ClipSampleRange);
        return x0.MoveToOuterDisposeScope();
    }

    /// <summary>The forward process with one timestep per image or one for all.</summary>
    public Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<int> timesteps)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        CheckTimesteps(timesteps, original);
        var alphaProd = Column([.. timesteps.Select(t => AlphasCumprod[t])], original); // (B or 1, 1, 1, 1)
        return (alphaProd.sqrt() * original).Plus(alphaProd.SubtractedFrom(1).sqrt() * noise).MoveToOuterDisposeScope(); // (B, C, H, W)
    }

    public void CheckTimesteps(IReadOnlyList<int> timesteps, Tensor original)
    {
        ArgumentNullException.ThrowIfNull(timesteps);
        if (timesteps.Count != 1 && timesteps.Count != original.shape[0])
            throw new FloydException($"{timesteps.Count} timesteps were given for {original.shape[0]} images: give one for all or one for each.");
        foreach (var timestep in timesteps)
        {
            if (timestep < 0 || timestep >= AlphasCumprod.Length)
                throw new FloydException($"Timestep {timestep} is outside the training timesteps 0 to {AlphasCumprod.Length - 1}.");
        }
    }

    /// <summary>One host value per image, shaped to multiply images, in their dtype and on their device.</summary>
    public static Tensor Column(float[] values, Tensor images)
    {
        var shape = new long[images.dim()];
        Array.Fill(shape, 1);
        shape[0] = values.Length;
        return tensor(values, shape).to(images.dtype, images.device);
    }

    public static int IndexOf(int[] timesteps, int timestep)
    {
        var index = Array.IndexOf(timesteps, timestep);
        return index >= 0
            ? index
            : throw new FloydException($"Timestep {timestep} is not one of the scheduler's {timesteps.Length} timesteps: set the timesteps first and pass those.");
    }

    /// <summary>Noise for a stochastic step, shaped as the prediction.</summary>
    public static Tensor Draw(Noise.INoiseSource? source, Tensor like, ScalarType dtype) =>
        (source ?? throw new FloydException("This step adds noise and was given no noise source: pass one, such as NoiseSource.FromSeed(seed)."))
        .Draw(like.shape, dtype, like.device);

    private static FloydException Mismatch(long[] got, long[] expected) =>
        new($"The model's output is ({string.Join(", ", got)}) for a sample of ({string.Join(", ", expected)}): expected that shape, or twice the channels where the variance is learned.");
}

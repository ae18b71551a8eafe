namespace FloydSharp.Schedulers;

/// <summary>What may be chosen anew for each step; schedulers ignore what does not concern them.</summary>
public sealed record StepOptions
{
    /// <summary>The defaults: deterministic DDIM.</summary>
    public static StepOptions Default { get; } = new();

    /// <summary>Share of noise in a DDIM step: 0 (default) is deterministic, 1 is DDPM. In [0, 1] (Song et al. 2020, arXiv:2010.02502, equation 16).</summary>
    public double Eta { get; init; }

    /// <summary>Whether DDIM derives the noise anew from the clipped or thresholded image. Default false.</summary>
    public bool UseClippedModelOutput { get; init; }

    /// <summary>
    /// The quantile of dynamic thresholding, in [0, 1], instead of the config's. Either of this and
    /// <see cref="SampleMaxValue"/> also switches thresholding on where the config has it off. Default null, the config's.
    /// </summary>
    public double? DynamicThresholdingRatio { get; init; }

    /// <summary>The largest threshold of dynamic thresholding, above 0, instead of the config's. Default null, the config's.</summary>
    public double? SampleMaxValue { get; init; }

    /// <summary>Whether a scheduler with this config thresholds.</summary>
    internal bool Thresholds(SchedulerConfig config) => config.Thresholding || DynamicThresholdingRatio is not null || SampleMaxValue is not null;

    /// <summary>Thresholds a predicted image, (B, C, H, W); owned by the caller.</summary>
    internal TorchSharp.torch.Tensor Threshold(TorchSharp.torch.Tensor x0, SchedulerConfig config) =>
        DynamicThresholding.Apply(x0, DynamicThresholdingRatio ?? config.DynamicThresholdingRatio, SampleMaxValue ?? config.SampleMaxValue);
}

using FloydSharp.IO;

namespace FloydSharp.Pipelines;

/// <summary>What all diffusion pipelines can be asked.</summary>
public abstract record DiffusionOptions
{
    /// <summary>Number of denoising steps, 1 to the scheduler's training steps. Ignored when <see cref="Timesteps"/> is given.</summary>
    public required int NumInferenceSteps { get; init; }

    /// <summary>The timesteps themselves, falling; null spaces them evenly.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>
    /// Whether evenly spaced timesteps run from the last training timestep (999) to 0 as in the original IF code, instead of as
    /// the scheduler's config spaces them: diffusers' first one is 990 of 100 steps and 962 of 27, a noise that pure noise is not
    /// (arXiv:2305.08891). DPM-Solver has its own spacing.
    /// </summary>
    public bool FromLastTimestep { get; init; }

    /// <summary>w of classifier-free guidance; 1 or less switches it off.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>Pictures per prompt, at least 1.</summary>
    public int NumImagesPerPrompt { get; init; } = 1;

    /// <summary>eta of DDIM, 0 to 1: how much noise its steps add (arXiv:2010.02502, equation 16).</summary>
    public double Eta { get; init; }

    /// <summary>The quantile of dynamic thresholding, 0 to 1; null keeps the scheduler's (0.95 for IF). The lower, the stronger.</summary>
    public double? DynamicThresholdingRatio { get; init; }

    /// <summary>The largest threshold of dynamic thresholding, at least 1; null keeps the scheduler's (1.5 and 1 for IF's stages).</summary>
    public double? SampleMaxValue { get; init; }

    /// <summary>
    /// How much of the style's prediction is mixed into the prompt's, 0 to 1, where the embeddings have a style: the original's
    /// positive_mixer, whose defaults are 0.25 at stage I and 0.5 at stage II.
    /// </summary>
    public double StyleMix { get; init; } = 0.25;

    /// <summary>Whether the style stands in the prompt's place in the pooled text that goes with the timestep (the original's style_t5_embs).</summary>
    public bool PooledStyle { get; init; } = true;

    /// <summary>
    /// Whether the result of stages II and III takes its coarse colours, a few pixels of the small picture wide, from the small
    /// picture, which a super resolution drifts away from. Details stay. Not in the reference; stage I has no small picture.
    /// </summary>
    public bool KeepColours { get; init; }

    /// <summary>
    /// Whether stage II noises the small picture anew at each step and for each half of guidance, as the original code base does
    /// (deepfloyd_if/model/unet.py); otherwise once, as diffusers does. Other stages do not look at it.
    /// </summary>
    public bool FreshNoise { get; init; }

    /// <summary>Where the run keeps its state, and what it continues from; null for neither. Needs a <see cref="Noise.NoiseSource"/>.</summary>
    public IDenoisingStore? Store { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="FloydException">A value is out of range.</exception>
    public virtual void Validate()
    {
        if (Timesteps is null && NumInferenceSteps < 1)
            throw new FloydException($"The number of steps is {NumInferenceSteps}; it must be at least 1.");
        if (Timesteps is { Count: 0 })
            throw new FloydException("The list of timesteps is empty; give at least one, or a number of steps.");
        if (double.IsNaN(GuidanceScale) || double.IsInfinity(GuidanceScale))
            throw new FloydException("The guidance scale must be a finite number.");
        if (NumImagesPerPrompt < 1)
            throw new FloydException($"The number of pictures per prompt is {NumImagesPerPrompt}; it must be at least 1.");
        if (Eta is < 0 or > 1 or double.NaN)
            throw new FloydException($"eta is {Eta}; it must lie between 0 and 1.");
        if (DynamicThresholdingRatio is < 0 or > 1 or double.NaN)
            throw new FloydException($"The ratio of dynamic thresholding is {DynamicThresholdingRatio}; it must lie between 0 and 1.");
        if (SampleMaxValue is not (null or >= 1 and < double.PositiveInfinity))
            throw new FloydException($"The largest threshold of dynamic thresholding is {SampleMaxValue}; it must be a number of at least 1.");
        if (StyleMix is not (>= 0 and <= 1))
            throw new FloydException($"The mix of the style is {StyleMix}; it must lie between 0 and 1.");
    }

    /// <summary>Checks the noise level of stage II.</summary>
    internal static void CheckNoiseLevel(int level)
    {
        if (level is < 0 or > 999)
            throw new FloydException($"The noise level of stage II is {level}; it must lie between 0 and 999.");
    }

    /// <summary>Checks a size against what a UNet can do.</summary>
    internal static void CheckSize(string what, int width, int height, int multiple)
    {
        const int max = 8192;
        if (width < multiple || height < multiple || width > max || height > max || width % multiple != 0 || height % multiple != 0)
            throw new FloydException($"{what} is {width}x{height}; both sides must be multiples of {multiple} from {multiple} to {max}.");
    }
}

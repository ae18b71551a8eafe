using FloydSharp.IO;

namespace FloydSharp.Pipelines;

/// <summary>What all diffusion pipelines can be asked.</summary>
public abstract record DiffusionOptions
{
    /// <summary>Number of denoising steps, 1 to the scheduler's training steps. Ignored when <see cref="Timesteps"/> is given.</summary>
    public required int NumInferenceSteps { get; init; }

    /// <summary>The timesteps themselves, falling; null spaces them evenly.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>w of classifier-free guidance; 1 or less switches it off.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>Pictures per prompt, at least 1.</summary>
    public int NumImagesPerPrompt { get; init; } = 1;

    /// <summary>eta of DDIM, 0 to 1: how much noise its steps add (arXiv:2010.02502, equation 16).</summary>
    public double Eta { get; init; }

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

using FloydSharp.IO;
using FloydSharp.Models.Vae;

namespace FloydSharp.Pipelines.Upscale;

/// <summary>What stage III can be asked.</summary>
public sealed record StableDiffusionUpscaleOptions : DiffusionOptions
{
    /// <summary>Creates the defaults: 75 steps, guidance 9, noise level 20.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public StableDiffusionUpscaleOptions()
    {
        NumInferenceSteps = 75;
        GuidanceScale = 9;
    }

    /// <summary>Noise added to the small picture, as a timestep from 0 to the checkpoint's largest (350).</summary>
    public int NoiseLevel { get; init; } = 20;

    /// <summary>How the latents are decoded, such as in tiles that need less memory; null decodes each picture whole.</summary>
    public VaeDecodeOptions? Decode { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Decode?.Validate();
        if (NoiseLevel is < 0 or > 999)
            throw new FloydException($"The noise level of stage III is {NoiseLevel}; it must lie between 0 and 999.");
    }
}

namespace FloydSharp.Pipelines.IF;

/// <summary>What inpainting at stage II can be asked.</summary>
public sealed record IFInpaintingSuperResolutionOptions : PictureStartOptions
{
    /// <summary>Creates the defaults: 100 steps, guidance 4, strength 0.8, noise level 0.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFInpaintingSuperResolutionOptions()
    {
        NumInferenceSteps = 100;
        GuidanceScale = 4;
        StyleMix = 0.5;
        Strength = 0.8;
    }

    /// <summary>Noise added to the small picture, as a timestep from 0 to 999: more lets the stage invent more.</summary>
    public int NoiseLevel { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        CheckNoiseLevel(NoiseLevel);
    }
}

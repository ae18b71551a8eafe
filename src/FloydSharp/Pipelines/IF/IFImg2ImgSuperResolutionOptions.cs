namespace FloydSharp.Pipelines.IF;

/// <summary>What image variation at stage II can be asked.</summary>
public sealed record IFImg2ImgSuperResolutionOptions : PictureStartOptions
{
    /// <summary>Creates the defaults: 50 steps, guidance 4, strength 0.8, noise level 250.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFImg2ImgSuperResolutionOptions()
    {
        NumInferenceSteps = 50;
        GuidanceScale = 4;
        StyleMix = 0.5;
        Strength = 0.8;
    }

    /// <summary>Noise added to the small picture, as a timestep from 0 to 999: more lets the stage invent more.</summary>
    public int NoiseLevel { get; init; } = 250;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        CheckNoiseLevel(NoiseLevel);
    }
}

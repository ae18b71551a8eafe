namespace FloydSharp.Pipelines.IF;

/// <summary>What stage II can be asked.</summary>
public sealed record IFSuperResolutionOptions : DiffusionOptions
{
    /// <summary>Creates the defaults: 50 steps, guidance 4, noise level 250.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFSuperResolutionOptions()
    {
        NumInferenceSteps = 50;
        GuidanceScale = 4;
        StyleMix = 0.5;
    }

    /// <summary>Height in pixels; null takes the checkpoint's sample size (256).</summary>
    public int? Height { get; init; }

    /// <summary>Width in pixels; null takes the checkpoint's sample size (256).</summary>
    public int? Width { get; init; }

    /// <summary>Noise added to the small picture, as a timestep from 0 to 999: more lets the stage invent more.</summary>
    public int NoiseLevel { get; init; } = 250;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        CheckNoiseLevel(NoiseLevel);
    }
}

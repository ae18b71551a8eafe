namespace FloydSharp.Pipelines.IF;

/// <summary>What stage I can be asked.</summary>
public sealed record IFOptions : DiffusionOptions
{
    /// <summary>Creates the defaults: 100 steps, guidance 7.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFOptions()
    {
        NumInferenceSteps = 100;
        GuidanceScale = 7;
    }

    /// <summary>Height in pixels; null takes the checkpoint's sample size (64).</summary>
    public int? Height { get; init; }

    /// <summary>Width in pixels; null takes the checkpoint's sample size (64).</summary>
    public int? Width { get; init; }
}

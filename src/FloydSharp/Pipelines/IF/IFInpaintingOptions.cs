namespace FloydSharp.Pipelines.IF;

/// <summary>What inpainting at stage I can be asked.</summary>
public sealed record IFInpaintingOptions : PictureStartOptions
{
    /// <summary>Creates the defaults: 50 steps, guidance 7, strength 1.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFInpaintingOptions()
    {
        NumInferenceSteps = 50;
        GuidanceScale = 7;
        Strength = 1;
    }
}

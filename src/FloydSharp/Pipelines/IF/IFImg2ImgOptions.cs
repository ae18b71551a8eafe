namespace FloydSharp.Pipelines.IF;

/// <summary>What image variation at stage I can be asked.</summary>
public sealed record IFImg2ImgOptions : PictureStartOptions
{
    /// <summary>Creates the defaults: 80 steps, guidance 10, strength 0.7.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public IFImg2ImgOptions()
    {
        NumInferenceSteps = 80;
        GuidanceScale = 10;
        Strength = 0.7;
    }
}

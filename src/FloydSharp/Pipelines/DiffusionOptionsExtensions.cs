namespace FloydSharp.Pipelines;

/// <summary>Options from options.</summary>
internal static class DiffusionOptionsExtensions
{
    /// <summary>The same options with another set's steps, guidance, number of pictures, thresholding, style, noise and store.</summary>
    public static T SampledAs<T>(this T options, DiffusionOptions other)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = other.NumInferenceSteps,
            Timesteps = other.Timesteps,
            FromLastTimestep = other.FromLastTimestep,
            GuidanceScale = other.GuidanceScale,
            NumImagesPerPrompt = other.NumImagesPerPrompt,
            Eta = other.Eta,
            DynamicThresholdingRatio = other.DynamicThresholdingRatio,
            SampleMaxValue = other.SampleMaxValue,
            StyleMix = other.StyleMix,
            PooledStyle = other.PooledStyle,
            KeepColours = other.KeepColours,
            FreshNoise = other.FreshNoise,
            Store = other.Store,
        };
}

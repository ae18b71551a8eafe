namespace FloydSharp.Pipelines;

/// <summary>Options from options.</summary>
internal static class DiffusionOptionsExtensions
{
    /// <summary>The same options with another set's steps, guidance, number of pictures and eta.</summary>
    public static T SampledAs<T>(this T options, DiffusionOptions other)
        where T : DiffusionOptions => options with
        {
            NumInferenceSteps = other.NumInferenceSteps,
            Timesteps = other.Timesteps,
            GuidanceScale = other.GuidanceScale,
            NumImagesPerPrompt = other.NumImagesPerPrompt,
            Eta = other.Eta,
        };
}

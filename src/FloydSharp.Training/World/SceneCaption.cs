namespace FloydSharp.Training.World;

/// <summary>Says what a scene shows, in many ways. Whatever is said is true; much may be left out.</summary>
public static class SceneCaption
{
    /// <summary>A caption of chance, in lower case, texts in quotation marks.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="random">The source of all choices.</param>
    public static string Describe(Scene scene, Random random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(random);
        return new CaptionWriter(scene, random).Write();
    }
}

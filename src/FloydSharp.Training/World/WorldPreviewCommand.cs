using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Training.World;

/// <summary>Writes a sheet of drawn scenes, to look at what a model is trained on.</summary>
public static class WorldPreviewCommand
{
    /// <summary>Draws scenes of chance with their captions.</summary>
    /// <param name="outPath">The PNG file to write; it must not exist.</param>
    /// <param name="count">How many scenes, 1 to 400.</param>
    /// <param name="size">Side of each in pixels, 16 to 1024.</param>
    /// <param name="seed">Scene i is drawn from seed + i.</param>
    /// <exception cref="FloydException">The file exists or a number is out of range.</exception>
    public static void Run(string outPath, int count, int size, int seed)
    {
        ArgumentException.ThrowIfNullOrEmpty(outPath);
        if (count is < 1 or > 400 || size is < 16 or > 1024)
            throw new FloydException($"A sheet of {count} pictures of {size} pixels was asked for: expected 1 to 400 pictures of 16 to 1024 pixels.");
        if (File.Exists(outPath))
            throw new FloydException($"{outPath} exists already: name another file or remove it.");
        var images = new ImageBuffer[count];
        var captions = new string[count];
        Parallel.For(0, count, i =>
        {
            var random = new Random(seed + i);
            var scene = SceneSampler.Sample(random);
            images[i] = SceneRenderer.Render(scene, size);
            captions[i] = SceneCaption.Describe(scene, random);
        });
        var columns = Math.Clamp((int)Math.Ceiling(Math.Sqrt(count)), 1, Math.Max(1, 2400 / Math.Max(size, 150)));
        ImageFile.SavePng(outPath, SceneSheet.Compose(images, captions, columns));
    }
}

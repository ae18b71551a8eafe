using FloydSharp.IO.Imaging;

namespace FloydSharp.Training.World;

/// <summary>Draws scenes. Any number of threads may draw at once; each keeps its own surfaces, and nothing is shared that changes.</summary>
public static class SceneRenderer
{
    /// <summary>Draws a square picture.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="size">Side in pixels, 16 to 2048.</param>
    /// <returns>A new RGB picture.</returns>
    public static ImageBuffer Render(Scene scene, int size)
    {
        var image = new ImageBuffer(size, size, 3);
        Render(scene, size, size, image.Pixels);
        return image;
    }

    /// <summary>Draws into the caller's pixels. A picture that is not square is stretched.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="width">Pixels per row, 16 to 2048.</param>
    /// <param name="height">Rows, 16 to 2048.</param>
    /// <param name="rgb">Exactly <c>height * width * 3</c> bytes, (H, W, C); all are written.</param>
    /// <exception cref="ArgumentException">A size is out of range or the span has another length.</exception>
    public static void Render(Scene scene, int width, int height, Span<byte> rgb)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, 2048);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, 2048);
        if (rgb.Length != width * height * 3)
            throw new ArgumentException($"A {width}x{height} RGB picture has {width * height * 3} bytes, but the span has {rgb.Length}.", nameof(rgb));
        Studio.OfThread.Render(scene, width, height, rgb);
    }
}

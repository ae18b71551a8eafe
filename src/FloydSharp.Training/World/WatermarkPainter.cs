using FloydSharp.IO.Imaging;

namespace FloydSharp.Training.World;

/// <summary>
/// The watermark of our own models: three squares that grow like the pictures of the three stages. Whole pixels only, so that
/// every machine draws the same bytes.
/// </summary>
internal static class WatermarkPainter
{
    /// <summary>Side in pixels, as in the published checkpoints.</summary>
    public const int Side = 62;

    private const int Bottom = 58;
    private const int Rim = 2;

    private static readonly (int Left, int Size, byte Red, byte Green, byte Blue)[] _squares =
        [(3, 9, 255, 122, 89), (16, 15, 255, 200, 87), (35, 24, 72, 187, 168)];

    /// <summary>Draws it.</summary>
    /// <returns>62x62, RGBA.</returns>
    public static ImageBuffer Draw()
    {
        var mark = new ImageBuffer(Side, Side, 4);
        foreach (var (left, size, red, green, blue) in _squares)
        {
            var top = Bottom - size;
            Fill(mark, left - Rim, top - Rim, size + (2 * Rim), [24, 24, 32, 110]);
            Fill(mark, left, top, size, [red, green, blue, 235]);
        }

        return mark;
    }

    private static void Fill(ImageBuffer image, int left, int top, int size, ReadOnlySpan<byte> color)
    {
        for (var y = top; y < top + size; y++)
        {
            for (var x = left; x < left + size; x++)
                color.CopyTo(image.Row(y)[(x * 4)..]);
        }
    }
}

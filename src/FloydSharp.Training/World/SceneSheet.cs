using FloydSharp.IO.Imaging;
using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>Grids of pictures with captions.</summary>
public static class SceneSheet
{
    private const int Margin = 6;

    /// <summary>Lays pictures of one size out in a grid, each over its caption.</summary>
    /// <param name="images">RGB pictures of one size, at least one.</param>
    /// <param name="captions">One caption per picture, or null for none.</param>
    /// <param name="columns">Pictures per row, at least 1.</param>
    /// <returns>A new RGB picture.</returns>
    /// <exception cref="ArgumentException">There are no pictures, their sizes differ, or a caption is missing.</exception>
    public static ImageBuffer Compose(IReadOnlyList<ImageBuffer> images, IReadOnlyList<string>? captions, int columns)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (images.Count == 0)
            throw new ArgumentException("A sheet needs at least one picture.", nameof(images));
        var (width, height) = (images[0].Width, images[0].Height);
        if (images.Any(image => image.Width != width || image.Height != height || image.Channels != 3))
            throw new ArgumentException($"All pictures of a sheet must be RGB of one size; the first is {images[0]}.", nameof(images));
        if (captions is not null && captions.Count != images.Count)
            throw new ArgumentException($"{images.Count} pictures need {images.Count} captions, not {captions.Count}.", nameof(captions));

        columns = Math.Min(columns, images.Count);
        var cellWidth = captions is null ? width : Math.Max(width, 150);
        var letter = Math.Clamp(cellWidth / 18f, 9, 22);
        using var font = new SKFont(FontLibrary.Typeface(SignFont.Sans), letter);
        var lines = captions?.Select(caption => Wrap(font, caption, cellWidth)).ToArray();
        var textHeight = lines is null ? 0 : (int)(lines.Max(wrapped => wrapped.Count) * letter * 1.25f) + 4;
        var (stepX, stepY) = (cellWidth + Margin, height + textHeight + Margin);
        var rows = (images.Count + columns - 1) / columns;

        using var bitmap = new SKBitmap(new SKImageInfo((columns * stepX) + Margin, (rows * stepY) + Margin, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { Color = new SKColor(40, 40, 46), IsAntialias = true };
        canvas.Clear(SKColors.White);
        for (var i = 0; i < images.Count; i++)
        {
            var (x, y) = (Margin + (i % columns * stepX), Margin + (i / columns * stepY));
            Copy(images[i], bitmap, x + ((cellWidth - width) / 2), y);
            for (var line = 0; lines is not null && line < lines[i].Count; line++)
                canvas.DrawText(lines[i][line], x, y + height + (letter * (1 + (1.25f * line))), font, paint);
        }

        var result = new ImageBuffer(bitmap.Width, bitmap.Height, 3);
        var pixels = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; to < result.Pixels.Length; from += 4, to += 3)
            pixels.Slice(from, 3).CopyTo(result.Pixels.AsSpan(to));
        return result;
    }

    private static void Copy(ImageBuffer image, SKBitmap bitmap, int left, int top)
    {
        var pixels = bitmap.GetPixelSpan();
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Row(y);
            var to = (((top + y) * bitmap.Width) + left) * 4;
            for (var x = 0; x < row.Length; x += 3, to += 4)
                row.Slice(x, 3).CopyTo(pixels[to..]);
        }
    }

    private static List<string> Wrap(SKFont font, string text, int width)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' '))
        {
            if (lines.Count > 0 && font.MeasureText(lines[^1] + " " + word) <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }

        return lines;
    }
}

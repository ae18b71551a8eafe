using System.Globalization;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cli.Input;

/// <summary>Pictures and masks that a command line names.</summary>
internal static class InputPicture
{
    /// <summary>The mask that is the picture's own transparency.</summary>
    public const string Alpha = "alpha";

    private const byte White = 255;
    private const byte Marked = 128;
    private const string BoxesPrefix = "box ";

    /// <summary>Reads a picture; colours with a profile become sRGB, as which results are written.</summary>
    /// <exception cref="FloydException">It is missing or no picture.</exception>
    public static ImageBuffer Load(string path) => File.Exists(path)
        ? ImageFile.Load(path, toSrgb: true)
        : throw new FloydException($"The picture {path} does not exist; give a PNG, JPEG or WebP file.");

    /// <summary>Reads a mask; what is transparent in it counts as black.</summary>
    /// <returns>Grey; white is marked.</returns>
    /// <exception cref="FloydException">It is missing, no picture, or black all over.</exception>
    public static ImageBuffer LoadMask(string path)
    {
        var mask = PictureAlpha.Compose(Load(path), new(0, 0, 0)).ToGrey();
        return mask.Pixels.Any(p => p >= Marked)
            ? mask
            : throw new FloydException($"--mask {path} marks nothing; paint white what is to be repainted.");
    }

    /// <summary>A mask of what is transparent in a picture.</summary>
    /// <param name="path">Its file, for errors.</param>
    /// <param name="picture">The picture.</param>
    /// <returns>Grey; white is marked.</returns>
    /// <exception cref="FloydException">Nothing is transparent.</exception>
    public static ImageBuffer AlphaMask(string path, ImageBuffer picture)
    {
        var mask = PictureAlpha.Of(picture);
        foreach (ref var pixel in mask is null ? [] : mask.Pixels.AsSpan())
            pixel = (byte)(White - pixel);
        return mask is not null && mask.Pixels.Any(p => p >= Marked)
            ? mask
            : throw new FloydException($"--mask {Alpha}: nothing in {path} is transparent; erase what is to be repainted, or give a mask or boxes.");
    }

    /// <summary>A mask of boxes.</summary>
    /// <param name="boxes">Each x,y,width,height in pixels from the upper left corner.</param>
    /// <param name="picture">The picture they lie in.</param>
    /// <exception cref="FloydException">A text is no box, or a box reaches outside the picture.</exception>
    public static ImageBuffer BoxMask(IReadOnlyList<string> boxes, ImageBuffer picture)
    {
        var mask = new ImageBuffer(picture.Width, picture.Height, 1);
        foreach (var text in boxes)
        {
            var (x, y, width, height) = Box(text, picture);
            for (var row = y; row < y + height; row++)
                mask.Row(row).Slice(x, width).Fill(White);
        }

        return mask;
    }

    /// <summary>What a mask of boxes is called, so that it can be made again.</summary>
    public static string BoxesName(IReadOnlyList<string> boxes) => BoxesPrefix + string.Join(' ', boxes);

    /// <summary>The boxes of such a name; null where it is another one.</summary>
    public static IReadOnlyList<string>? BoxesOf(string? name) =>
        name?.StartsWith(BoxesPrefix, StringComparison.Ordinal) == true ? name[BoxesPrefix.Length..].Split(' ') : null;

    private static (int X, int Y, int Width, int Height) Box(string text, ImageBuffer picture)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var numbers = parts.Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1).ToArray();
        if (numbers.Length != 4 || numbers.Any(n => n < 0) || numbers[2] == 0 || numbers[3] == 0)
            throw new FloydException($"--box {text}: expected x,y,width,height in pixels, such as 40,20,200,100.");
        var (x, y, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        return width <= picture.Width - x && height <= picture.Height - y
            ? (x, y, width, height)
            : throw new FloydException($"--box {text} does not lie inside the picture, which is {picture.Width}x{picture.Height}.");
    }
}

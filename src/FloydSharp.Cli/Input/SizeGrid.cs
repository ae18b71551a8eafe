using System.Globalization;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Which sizes the stages can make together.</summary>
/// <param name="Sample">The side of the square that stage I was trained on, in its pixels.</param>
/// <param name="Multiple">Both sides of stage I's picture are multiples of this.</param>
/// <param name="Scale">How many times larger the last stage's picture is than stage I's.</param>
internal sealed record SizeGrid(int Sample, int Multiple, int Scale)
{
    // Beyond this ratio the models make nothing sensible.
    private const int MaxAspect = 4;

    private const int MaxSide = 1 << 16;

    /// <summary>Stage I's size for a size of the last stage's picture, such as 1024x768.</summary>
    /// <exception cref="FloydException">The text is no size, or the stages cannot make it.</exception>
    public (int Width, int Height) FromSize(string text)
    {
        var parts = text.Split('x', 'X', '*');
        if (parts.Length != 2 || !IsSide(parts[0], out var width) || !IsSide(parts[1], out var height))
            throw new FloydException($"--size {text}: expected width x height of the last stage's picture, such as {Sample * Scale}x{Sample * Scale}.");
        var unit = Multiple * Scale;
        if (width % unit != 0 || height % unit != 0)
            throw new FloydException($"--size {text}: these stages make pictures whose sides are multiples of {unit}; the nearest is {Nearest(width, unit)}x{Nearest(height, unit)}.");
        return (width / Scale, height / Scale);
    }

    /// <summary>Stage I's size for a ratio such as 3:2, with about as many pixels as the square it was trained on.</summary>
    /// <exception cref="FloydException">The text is no ratio, or one beyond 4:1.</exception>
    public (int Width, int Height) FromAspect(string text)
    {
        var parts = text.Split(':', '/');
        if (parts.Length != 2)
            throw new FloydException($"--aspect {text}: expected width:height, such as 3:2.");
        var (w, h) = (Numbers.Real("--aspect", parts[0]), Numbers.Real("--aspect", parts[1]));
        var ratio = w / h;
        if (!(w > 0 && ratio is >= 1.0 / MaxAspect and <= MaxAspect))
            throw new FloydException($"--aspect {text}: expected a ratio from 1:{MaxAspect} to {MaxAspect}:1.");

        var sides = Enumerable.Range(1, Math.Max(1, Sample * MaxAspect / Multiple)).Select(i => i * Multiple).ToArray();
        return sides.SelectMany(w => sides.Select(h => (Width: w, Height: h))).MinBy(size => Misfit(size, ratio));
    }

    // Both the ratio and the area count, as factors.
    private double Misfit((int Width, int Height) size, double ratio) =>
        Math.Abs(Math.Log((double)size.Width / size.Height / ratio)) + Math.Abs(Math.Log((double)size.Width * size.Height / Sample / Sample));

    private static bool IsSide(string text, out int side) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= 1 and <= MaxSide;

    private static int Nearest(int side, int unit) => Math.Max(unit, (side + (unit / 2)) / unit * unit);
}

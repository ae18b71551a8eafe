using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>The colours behind the names.</summary>
internal static class Palette
{
    private static readonly SKColor[] Colors =
    [
        new(220, 36, 36), new(246, 130, 26), new(252, 214, 38), new(44, 160, 62), new(36, 92, 216),
        new(136, 56, 196), new(248, 130, 188), new(126, 76, 40), new(26, 26, 30), new(250, 250, 250),
        new(142, 146, 152), new(38, 200, 200), new(206, 158, 44),
    ];

    private static readonly double[] Luminances = [.. Colors.Select(RelativeLuminance)];

    /// <summary>sRGB of a name.</summary>
    public static SKColor Of(SceneColor color) => Colors[(int)color];

    /// <summary>Mixes two colours; 0 is the first, 1 the second. Alpha becomes opaque.</summary>
    public static SKColor Mix(SKColor from, SKColor to, float share) => new(
        (byte)(from.Red + ((to.Red - from.Red) * share)),
        (byte)(from.Green + ((to.Green - from.Green) * share)),
        (byte)(from.Blue + ((to.Blue - from.Blue) * share)));

    /// <summary>Rec. 709 weighted brightness without gamma, 0 to 1.</summary>
    public static float Brightness(SKColor color) => ((0.2126f * color.Red) + (0.7152f * color.Green) + (0.0722f * color.Blue)) / 255f;

    /// <summary>Contrast ratio of WCAG 2, 1 to 21.</summary>
    public static double Contrast(SceneColor a, SceneColor b)
    {
        var (x, y) = (Luminances[(int)a], Luminances[(int)b]);
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    /// <summary>A rough perceptual distance ("redmean"), 0 to about 765.</summary>
    public static double Distance(SKColor a, SKColor b)
    {
        var mean = (a.Red + b.Red) / 2.0;
        double red = a.Red - b.Red, green = a.Green - b.Green, blue = a.Blue - b.Blue;
        return Math.Sqrt(((2 + (mean / 256)) * red * red) + (4 * green * green) + ((2 + ((255 - mean) / 256)) * blue * blue));
    }

    private static double RelativeLuminance(SKColor color) =>
        (0.2126 * Linear(color.Red)) + (0.7152 * Linear(color.Green)) + (0.0722 * Linear(color.Blue));

    private static double Linear(byte value)
    {
        var x = value / 255.0;
        return x <= 0.04045 ? x / 12.92 : Math.Pow((x + 0.055) / 1.055, 2.4);
    }
}

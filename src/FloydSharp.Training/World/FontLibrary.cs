using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>The embedded typefaces. They live as long as the program: typefaces are immutable and shared by all threads.</summary>
internal static class FontLibrary
{
    private static readonly Lazy<SKTypeface>[] Typefaces =
        [.. Enum.GetValues<SignFont>().Where(font => font is not SignFont.Pixel).Select(font => new Lazy<SKTypeface>(() => Load(font)))];

    /// <summary>The typeface of a font that is not <see cref="SignFont.Pixel"/>; not to be disposed.</summary>
    public static SKTypeface Typeface(SignFont font) => Typefaces[(int)font].Value;

    private static SKTypeface Load(SignFont font)
    {
        var name = $"World.Fonts.{font}.{(font is SignFont.Slab or SignFont.Condensed ? "otf" : "ttf")}";
        using var stream = typeof(FontLibrary).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException($"{name} is not a font.");
    }
}

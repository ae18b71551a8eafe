using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>Outlines of letters, one em-free unit per capital's height. Each drawing thread keeps its own.</summary>
internal sealed class GlyphBook : IDisposable
{
    private readonly Dictionary<(SignFont, char), (SKPath Path, float Advance)> _glyphs = [];
    private readonly Dictionary<SignFont, (SKFont Font, float Scale)> _fonts = [];

    /// <summary>Adds a line to a path: baseline at y = 0, capitals up to y = -1, starting at x = 0.</summary>
    /// <returns>The line's width in heights of a capital.</returns>
    public float Append(SKPath target, string text, SignFont font, float y)
    {
        var x = 0f;
        foreach (var letter in text)
        {
            var (path, advance) = Glyph(font, letter);
            target.AddPath(path, x, y);
            x += advance;
        }

        return x;
    }

    /// <summary>The width of a line in heights of a capital.</summary>
    public float Measure(string text, SignFont font)
    {
        var width = 0f;
        foreach (var letter in text)
            width += Glyph(font, letter).Advance;
        return width;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (path, _) in _glyphs.Values)
            path.Dispose();
        foreach (var (font, _) in _fonts.Values)
            font.Dispose();
    }

    private (SKPath Path, float Advance) Glyph(SignFont font, char letter)
    {
        if (_glyphs.TryGetValue((font, letter), out var known))
            return known;
        var made = font is SignFont.Pixel ? PixelFont.Glyph(letter) : Outline(font, letter);
        _glyphs.Add((font, letter), made);
        return made;
    }

    private (SKPath Path, float Advance) Outline(SignFont name, char letter)
    {
        if (!_fonts.TryGetValue(name, out var entry))
        {
            var font = new SKFont(FontLibrary.Typeface(name), 256) { Hinting = SKFontHinting.None, Subpixel = true, LinearMetrics = true };
            using var capital = font.GetGlyphPath(font.GetGlyph('H'));
            entry = (font, 1 / capital.TightBounds.Height);
            _fonts.Add(name, entry);
        }

        var glyph = entry.Font.GetGlyph(letter);
        var path = entry.Font.GetGlyphPath(glyph) ?? new SKPath();
        path.Transform(SKMatrix.CreateScale(entry.Scale, entry.Scale));

        // A little air between letters keeps them apart at 64 pixels.
        return (path, (entry.Font.MeasureText([glyph]) * entry.Scale) + 0.06f);
    }
}

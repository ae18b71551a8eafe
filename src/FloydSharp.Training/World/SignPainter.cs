using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>Draws signs: the carrier first, the letters on top once the picture's texture is there.</summary>
internal sealed class SignPainter(Easel easel) : IDisposable
{
    private readonly GlyphBook _glyphs = new();
    private readonly SKPath _path = new();
    private readonly SKPath _letters = new();

    /// <summary>Draws the board, shirt or panel.</summary>
    public void DrawCarrier(SceneSign sign, SceneGroup? speaker)
    {
        var color = Palette.Of(sign.Board);
        var (x, y, w, h) = (sign.X, sign.Y, sign.Width, sign.Height);
        var frame = Palette.Brightness(color) > 0.55f ? Palette.Mix(color, SKColors.Black, 0.6f) : Palette.Mix(color, SKColors.White, 0.75f);
        switch (sign.Kind)
        {
            case SignKind.Lettering:
                break;
            case SignKind.Sign:
                if (y + h < 0.9f)
                    Box(x + (w / 2) - 0.03f, y + h - 0.02f, 0.06f, 1.1f - y - h, 0, sign.Board is SceneColor.Brown ? new SKColor(92, 56, 30) : new SKColor(120, 122, 130));
                Box(x, y, w, h, 0.035f, color);
                Border(x + 0.018f, y + 0.018f, w - 0.036f, h - 0.036f, 0.022f, frame, 0.01f);
                break;
            case SignKind.Billboard:
                var post = new SKColor(88, 92, 102);
                Box(x + (w * 0.2f), y + h - 0.02f, 0.04f, 1.1f - y - h, 0, post);
                Box(x + (w * 0.8f) - 0.04f, y + h - 0.02f, 0.04f, 1.1f - y - h, 0, post);
                Box(x - 0.012f, y - 0.012f, w + 0.024f, h + 0.024f, 0, post);
                Plain(x + 0.014f, y + 0.014f, w - 0.028f, h - 0.028f, color);
                break;
            case SignKind.Poster:
                Box(x, y, w, h, 0, color);
                Border(x + 0.025f, y + 0.025f, w - 0.05f, h - 0.05f, 0, frame, 0.008f);
                if (h > 0.8f)
                {
                    var accent = Palette.Mix(color, Palette.Of(sign.Ink), 0.55f);
                    Disc(x + (w / 2), y + (h * 0.24f), w * 0.15f, accent);
                    Plain(x + (w * 0.2f), y + (h * 0.78f), w * 0.6f, 0.018f, accent);
                    Plain(x + (w * 0.28f), y + (h * 0.84f), w * 0.44f, 0.018f, accent);
                }

                break;
            case SignKind.Paper:
                Box(x, y, w, h, 0, color);
                Plain(x, y, w, 0.02f, Palette.Mix(color, SKColors.Black, 0.1f));
                Disc(x + (w / 2), y + 0.03f, 0.022f, new SKColor(220, 50, 50));
                break;
            case SignKind.Banner:
                foreach (var (edge, tip) in (ReadOnlySpan<(float, float)>)[(x + 0.05f, Math.Max(0, x - 0.04f)), (x + w - 0.05f, Math.Min(1, x + w + 0.04f))])
                {
                    var notch = edge + ((tip - edge) * 0.6f);
                    Polygon(edge, y + 0.05f, tip, y + 0.05f, notch, y + (h / 2) + 0.04f, tip, y + h + 0.045f, edge, y + h + 0.045f);
                    easel.Fill(_path, Palette.Mix(color, SKColors.Black, 0.35f), true);
                }

                Box(x + 0.02f, y, w - 0.04f, h, 0.01f, color);
                Plain(x + 0.02f, y + 0.025f, w - 0.04f, 0.009f, frame);
                Plain(x + 0.02f, y + h - 0.034f, w - 0.04f, 0.009f, frame);
                break;
            case SignKind.NeonSign:
                Box(x, y, w, h, 0.04f, new SKColor(22, 18, 34));
                Round(x + 0.028f, y + 0.028f, w - 0.056f, h - 0.056f, 0.03f);
                if (easel.Style is not (SceneStyle.PixelArt or SceneStyle.Blueprint))
                    easel.Glow(_path, Palette.Mix(Palette.Of(sign.Ink), new SKColor(60, 40, 110), 0.35f), 0.55f);
                break;
            case SignKind.Chalkboard:
                Box(x, y, w, h, 0.012f, new SKColor(150, 100, 56));
                Plain(x + 0.032f, y + 0.032f, w - 0.064f, h - 0.064f, sign.Board is SceneColor.Green ? new SKColor(34, 86, 62) : new SKColor(42, 46, 48));
                Plain(x + (w * 0.7f), y + h - 0.04f, 0.1f, 0.018f, SKColors.White);
                break;
            case SignKind.SpeechBubble:
                var mouth = speaker is null ? 0.5f : speaker.Places[0].X;
                Round(x, y, w, h, Math.Min(0.12f, h / 2));
                using (var tail = new SKPath())
                {
                    tail.MoveTo(Math.Clamp(mouth - 0.06f, x + 0.08f, x + w - 0.16f), y + h - 0.02f);
                    tail.LineTo(mouth, y + h + 0.09f);
                    tail.LineTo(Math.Clamp(mouth + 0.06f, x + 0.16f, x + w - 0.08f), y + h - 0.02f);
                    tail.Close();
                    using var joined = _path.Op(tail, SKPathOp.Union);
                    var dark = easel.Style is SceneStyle.Flat or SceneStyle.Watercolour or SceneStyle.OilPainting;
                    if (dark)
                    {
                        using var line = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = 0.018f, Color = new SKColor(50, 46, 60), IsAntialias = true };
                        easel.Canvas.DrawPath(joined, line);
                    }

                    easel.Fill(joined, color, true);
                }

                break;
            case SignKind.BookCover:
                Box(x + 0.03f, y + 0.025f, w, h - 0.02f, 0.012f, new SKColor(246, 240, 224));
                Box(x, y, w, h, 0.012f, color);
                Plain(x + 0.02f, y, 0.035f, h, Palette.Mix(color, SKColors.Black, 0.28f));
                Border(x + 0.085f, y + 0.04f, w - 0.125f, h - 0.08f, 0.01f, Palette.Of(sign.Ink), 0.009f);
                Disc(x + 0.02f + (w / 2), y + (h * 0.68f), w * 0.15f, Palette.Mix(color, Palette.Of(sign.Ink), 0.6f));
                break;
            default:
                Shirt(sign, color);
                break;
        }
    }

    /// <summary>Draws the letters.</summary>
    public void DrawLetters(Scene scene, SceneSign sign)
    {
        var (left, top, right, bottom) = sign.TextArea;
        var area = new SKRect(left, top, right, bottom);
        var font = sign.Font;
        var pixel = easel.Style is SceneStyle.PixelArt;
        if (pixel && sign.Kind is not SignKind.TShirt)
            area.Inflate(1 / 64f, 2 / 64f);
        _letters.Rewind();
        var lines = sign.Lines;
        var widest = 0f;
        var pitch = font is SignFont.Pixel ? 9 / 7f : 1.34f;
        for (var i = 0; i < lines.Count; i++)
            widest = Math.Max(widest, _glyphs.Measure(lines[i].ToUpperInvariant(), font));
        var rows = 1 + ((lines.Count - 1) * pitch);
        var (scaleX, scaleY) = Fit(area, widest - 0.06f, rows, pixel, font is SignFont.Pixel);
        for (var i = 0; i < lines.Count; i++)
        {
            using var line = new SKPath();
            _glyphs.Append(line, lines[i].ToUpperInvariant(), font, 0);
            var x = area.MidX - (line.Bounds.MidX * scaleX);
            var y = area.MidY - (rows * scaleY / 2) + ((1 + (i * pitch)) * scaleY);
            if (pixel)
                (x, y) = (MathF.Round(x * 64) / 64, MathF.Round(y * 64) / 64);
            line.Transform(SKMatrix.CreateScaleTranslation(scaleX, scaleY, x, y));
            _letters.AddPath(line);
        }

        var ink = Palette.Of(sign.Ink);
        if (scene.Style is SceneStyle.Neon && sign.Kind is SignKind.SpeechBubble or SignKind.Paper)
            ink = Palette.Mix(ink, SKColors.White, 0.2f);
        easel.Letters(_letters, ink, sign.Kind is SignKind.NeonSign);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _path.Dispose();
        _letters.Dispose();
        _glyphs.Dispose();
    }

    // As large as the area allows; letters may be up to a third narrower or half again as tall as designed.
    private static (float X, float Y) Fit(SKRect area, float width, float rows, bool pixel, bool dots)
    {
        var scaleX = area.Width / width;
        var scaleY = area.Height / rows;
        if (pixel)
        {
            // Whole cells of the 64-cell grid: a capital is seven dots.
            var cells = Math.Max(1, MathF.Floor(Math.Min(scaleX * 64 / 7, scaleY * 64 / 7) + 0.12f));
            return (cells * 7 / 64, cells * 7 / 64);
        }

        scaleX = Math.Min(scaleX, scaleY * (dots ? 1 : 1.18f));
        scaleY = Math.Min(scaleY, scaleX * (dots ? 1.25f : 1.5f));
        return (scaleX, scaleY);
    }

    private void Shirt(SceneSign sign, SKColor color)
    {
        var (x, y, w, h) = (sign.X, sign.Y, sign.Width, sign.Height);
        _path.Rewind();
        _path.MoveTo(x + (w * 0.34f), y);
        _path.QuadTo(x + (w * 0.5f), y + (h * 0.14f), x + (w * 0.66f), y);
        _path.LineTo(x + (w * 0.8f), y + (h * 0.05f));
        _path.LineTo(x + w, y + (h * 0.3f));
        _path.LineTo(x + (w * 0.88f), y + (h * 0.42f));
        _path.LineTo(x + (w * 0.8f), y + (h * 0.34f));
        _path.LineTo(x + (w * 0.8f), y + h);
        _path.LineTo(x + (w * 0.2f), y + h);
        _path.LineTo(x + (w * 0.2f), y + (h * 0.34f));
        _path.LineTo(x + (w * 0.12f), y + (h * 0.42f));
        _path.LineTo(x, y + (h * 0.3f));
        _path.LineTo(x + (w * 0.2f), y + (h * 0.05f));
        _path.Close();
        easel.Fill(_path, color, true);
        _path.Rewind();
        _path.MoveTo(x + (w * 0.34f), y);
        _path.QuadTo(x + (w * 0.5f), y + (h * 0.14f), x + (w * 0.66f), y);
        _path.QuadTo(x + (w * 0.5f), y + (h * 0.2f), x + (w * 0.34f), y);
        _path.Close();
        easel.Fill(_path, Palette.Mix(color, SKColors.Black, 0.3f), false);
    }

    private void Box(float x, float y, float width, float height, float corner, SKColor color)
    {
        Round(x, y, width, height, corner);
        easel.Fill(_path, color, true);
    }

    private void Plain(float x, float y, float width, float height, SKColor color)
    {
        Round(x, y, width, height, 0);
        easel.Fill(_path, color, false);
    }

    private void Disc(float x, float y, float radius, SKColor color)
    {
        _path.Rewind();
        _path.AddCircle(x, y, radius);
        easel.Fill(_path, color, false);
    }

    private void Border(float x, float y, float width, float height, float corner, SKColor color, float line)
    {
        Round(x, y, width, height, corner);
        easel.Stroke(_path, color, line);
    }

    private void Round(float x, float y, float width, float height, float corner)
    {
        _path.Rewind();
        if (corner > 0)
            _path.AddRoundRect(new SKRect(x, y, x + width, y + height), corner, corner);
        else
            _path.AddRect(new SKRect(x, y, x + width, y + height));
    }

    private void Polygon(params ReadOnlySpan<float> points)
    {
        _path.Rewind();
        _path.MoveTo(points[0], points[1]);
        for (var i = 2; i < points.Length; i += 2)
            _path.LineTo(points[i], points[i + 1]);
        _path.Close();
    }
}

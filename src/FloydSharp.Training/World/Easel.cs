using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>
/// Puts paths on a canvas in the manner of a style. Coordinates are the canvas's current ones;
/// <see cref="Dot"/> tells how long 1/64 of the picture is in them.
/// </summary>
internal sealed class Easel : IDisposable
{
    private static readonly SKColor Ink = new(34, 26, 40);
    private static readonly SKColor Graphite = new(62, 62, 68);
    private static readonly SKColor BlueprintBlue = new(28, 82, 168);
    private static readonly SKColor BlueprintLine = new(226, 240, 255);

    private readonly SKPaint _fill = new() { Style = SKPaintStyle.Fill };
    private readonly SKPaint _line = new() { Style = SKPaintStyle.Stroke, StrokeJoin = SKStrokeJoin.Round, StrokeCap = SKStrokeCap.Round };

    /// <summary>What is drawn on; set before drawing, not owned.</summary>
    public SKCanvas Canvas { get; private set; } = null!;

    /// <summary>The style.</summary>
    public SceneStyle Style { get; private set; }

    /// <summary>1/64 of the picture's side in the canvas's current coordinates.</summary>
    public float Dot { get; set; }

    /// <summary>Starts a picture. The canvas's coordinates are those of the unit square.</summary>
    public void Begin(SKCanvas canvas, SceneStyle style)
    {
        (Canvas, Style, Dot) = (canvas, style, 1 / 64f);
        _fill.IsAntialias = _line.IsAntialias = style is not SceneStyle.PixelArt;
    }

    /// <summary>A colour of the backdrop as this style mixes it.</summary>
    public SKColor Tint(SKColor color) => Style switch
    {
        SceneStyle.Neon => Palette.Mix(color, new SKColor(8, 6, 20), 0.7f),
        SceneStyle.Watercolour => Palette.Mix(color, SKColors.White, 0.28f),
        SceneStyle.PencilSketch => Palette.Mix(color, SKColors.White, 0.5f),
        SceneStyle.Blueprint => Palette.Mix(BlueprintBlue, SKColors.White, 0.06f * Palette.Brightness(color)),
        _ => color,
    };

    /// <summary>Fills a part of the backdrop: no outline, no shadow.</summary>
    public void Ground(SKPath path, SKColor color) => Canvas.DrawPath(path, Plain(Tint(color)));

    /// <summary>Fills a rectangle of the backdrop.</summary>
    public void Ground(float x, float y, float width, float height, SKColor color) => Canvas.DrawRect(x, y, width, height, Plain(Tint(color)));

    /// <summary>Fills an ellipse of the backdrop.</summary>
    public void Ground(float x, float y, float radiusX, float radiusY, SKColor color, byte alpha) =>
        Canvas.DrawOval(x, y, radiusX, radiusY, Plain(Tint(color).WithAlpha(alpha)));

    /// <summary>Draws a line of the backdrop.</summary>
    public void GroundLine(float x0, float y0, float x1, float y1, SKColor color, float width) => Canvas.DrawLine(x0, y0, x1, y1, Line(Tint(color), width));

    /// <summary>Fills without any manner.</summary>
    public void Bare(SKPath path, SKColor color) => Canvas.DrawPath(path, Plain(color));

    /// <summary>Fills a path as a part of a thing.</summary>
    /// <param name="path">The path.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="outlined">Whether it is one of the shapes that make up the thing's silhouette.</param>
    public void Fill(SKPath path, SKColor color, bool outlined)
    {
        switch (Style)
        {
            case SceneStyle.Anime when outlined:
                Canvas.DrawPath(path, Line(Ink, Dot * 2.3f));
                Shade(path, Vivid(color));
                break;
            case SceneStyle.Anime:
                Canvas.DrawPath(path, Plain(Vivid(color)));
                break;
            case SceneStyle.PixelArt when outlined:
                Canvas.DrawPath(path, Line(Ink, Dot * 2f));
                Canvas.DrawPath(path, Plain(color));
                break;
            case SceneStyle.PencilSketch:
                Canvas.DrawPath(path, Plain(Palette.Mix(color, SKColors.White, 0.12f)));
                if (outlined)
                {
                    Canvas.DrawPath(path, Line(Graphite, Dot * 0.9f));
                    Canvas.Save();
                    Canvas.Translate(Dot * 0.5f, -Dot * 0.35f);
                    Canvas.DrawPath(path, Line(Graphite.WithAlpha(120), Dot * 0.45f));
                    Canvas.Restore();
                }

                break;
            case SceneStyle.Watercolour:
                Canvas.DrawPath(path, Plain(color.WithAlpha(225)));
                if (outlined)
                    Canvas.DrawPath(path, Line(Palette.Mix(color, SKColors.Black, 0.35f).WithAlpha(110), Dot * 1.1f));
                break;
            case SceneStyle.PaperCut when outlined:
                Canvas.Save();
                Canvas.Translate(Dot * 0.8f, Dot * 1.3f);
                Canvas.DrawPath(path, Plain(new SKColor(20, 10, 30, 95)));
                Canvas.Restore();
                Canvas.DrawPath(path, Line(Palette.Mix(color, SKColors.White, 0.75f), Dot * 1.3f));
                Canvas.DrawPath(path, Plain(color));
                break;
            case SceneStyle.Blueprint:
                Canvas.DrawPath(path, Plain(Palette.Mix(BlueprintBlue, new SKColor(90, 150, 226), Palette.Brightness(color) * 0.75f)));
                Canvas.DrawPath(path, Line(BlueprintLine, Dot * (outlined ? 0.9f : 0.5f)));
                break;
            case SceneStyle.Neon:
                var light = Glowing(color);
                Canvas.DrawPath(path, Plain(Palette.Mix(light, new SKColor(8, 6, 20), outlined ? 0.76f : 0.5f)));
                if (outlined)
                    Glow(path, light, 1);
                else
                    Canvas.DrawPath(path, Line(light, Dot * 0.6f));
                break;
            default:
                Canvas.DrawPath(path, Plain(color));
                break;
        }
    }

    /// <summary>Draws a path as a line of a thing.</summary>
    public void Stroke(SKPath path, SKColor color, float width)
    {
        switch (Style)
        {
            case SceneStyle.Neon:
                Canvas.DrawPath(path, Line(Glowing(color).WithAlpha(70), Math.Max(width, Dot) + (Dot * 1.5f)));
                Canvas.DrawPath(path, Line(Glowing(color), Math.Max(width * 0.6f, Dot * 0.8f)));
                break;
            case SceneStyle.Blueprint:
                Canvas.DrawPath(path, Line(BlueprintLine, Math.Max(width * 0.4f, Dot * 0.8f)));
                break;
            case SceneStyle.Anime or SceneStyle.PixelArt or SceneStyle.PencilSketch when width > Dot * 1.6f:
                Canvas.DrawPath(path, Line(Style is SceneStyle.PencilSketch ? Graphite : Ink, width + (Dot * 1.6f)));
                Canvas.DrawPath(path, Line(color, width));
                break;
            default:
                Canvas.DrawPath(path, Line(color, Math.Max(width, Dot * 0.7f)));
                break;
        }
    }

    /// <summary>Fills letters so that they stay readable in every style.</summary>
    public void Letters(SKPath path, SKColor color, bool glowing)
    {
        switch (Style)
        {
            case SceneStyle.Blueprint:
                Canvas.DrawPath(path, Plain(BlueprintLine));
                break;
            case SceneStyle.Neon:
            case not SceneStyle.PixelArt when glowing:
                var light = Glowing(color);
                Canvas.DrawPath(path, Line(light.WithAlpha(30), Dot * 3.4f));
                Canvas.DrawPath(path, Line(light.WithAlpha(45), Dot * 2.3f));
                Canvas.DrawPath(path, Line(light.WithAlpha(75), Dot * 1.2f));
                Canvas.DrawPath(path, Plain(Palette.Mix(light, SKColors.White, 0.22f)));
                break;
            case SceneStyle.PaperCut:
                Canvas.Save();
                Canvas.Translate(Dot * 0.35f, Dot * 0.5f);
                Canvas.DrawPath(path, Plain(new SKColor(20, 10, 30, 70)));
                Canvas.Restore();
                Canvas.DrawPath(path, Plain(color));
                break;
            default:
                Canvas.DrawPath(path, Plain(color));
                break;
        }
    }

    /// <summary>Strokes a path as a lit tube.</summary>
    public void Glow(SKPath path, SKColor color, float strength)
    {
        Canvas.DrawPath(path, Line(color.WithAlpha(26), Dot * 4.8f * strength));
        Canvas.DrawPath(path, Line(color.WithAlpha(40), Dot * 3.6f * strength));
        Canvas.DrawPath(path, Line(color.WithAlpha(70), Dot * 2.6f * strength));
        Canvas.DrawPath(path, Line(color.WithAlpha(110), Dot * 1.8f * strength));
        Canvas.DrawPath(path, Line(Palette.Mix(color, SKColors.White, 0.5f), Dot * 0.9f * strength));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fill.Dispose();
        _line.Dispose();
    }

    /// <summary>A colour that can be a light: dark ones become their bright relatives.</summary>
    private static SKColor Glowing(SKColor color)
    {
        var peak = Math.Max(color.Red, Math.Max(color.Green, color.Blue));
        if (peak < 70)
            return new SKColor(120, 130, 160);
        var gain = 255f / peak;
        return Palette.Mix(new SKColor((byte)(color.Red * gain), (byte)(color.Green * gain), (byte)(color.Blue * gain)), SKColors.White, 0.08f);
    }

    private static SKColor Vivid(SKColor color)
    {
        var mean = (color.Red + color.Green + color.Blue) / 3f;
        byte Push(byte value) => (byte)Math.Clamp(mean + ((value - mean) * 1.18f) + 6, 0, 255);
        return new SKColor(Push(color.Red), Push(color.Green), Push(color.Blue));
    }

    private void Shade(SKPath path, SKColor color)
    {
        Canvas.DrawPath(path, Plain(Palette.Mix(color, new SKColor(56, 36, 110), 0.3f)));
        var size = path.Bounds;
        Canvas.Save();
        Canvas.ClipPath(path, SKClipOperation.Intersect, true);
        Canvas.Translate(-Math.Min(size.Width * 0.1f, Dot * 3), -Math.Min(size.Height * 0.11f, Dot * 3));
        Canvas.DrawPath(path, Plain(color));
        Canvas.Restore();
    }

    private SKPaint Plain(SKColor color)
    {
        _fill.Color = color;
        return _fill;
    }

    private SKPaint Line(SKColor color, float width)
    {
        _line.Color = color;
        _line.StrokeWidth = width;
        return _line;
    }
}

using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>One thread's surfaces, paths and paints. Kept for the thread's life, because making them costs more than a picture.</summary>
internal sealed class Studio : IDisposable
{
    [ThreadStatic]
    private static Studio? _ofThread;

    private readonly Easel _easel = new();
    private readonly BackdropPainter _backdrop;
    private readonly ThingPainter _things;
    private readonly SignPainter _signs;
    private readonly Dictionary<(int Width, int Height), (SKBitmap Bitmap, SKCanvas Canvas)> _surfaces = [];
    private byte[] _scratch = [];

    public Studio()
    {
        _backdrop = new BackdropPainter(_easel);
        _things = new ThingPainter(_easel);
        _signs = new SignPainter(_easel);
    }

    /// <summary>The calling thread's studio.</summary>
    public static Studio OfThread => _ofThread ??= new Studio();

    /// <summary>Draws a scene; see <see cref="SceneRenderer"/>.</summary>
    public void Render(Scene scene, int width, int height, Span<byte> rgb)
    {
        if (scene.Style is SceneStyle.PixelArt)
        {
            PixelArt(scene, width, height, rgb);
            return;
        }

        // Small pictures are drawn at 128 pixels or more and averaged: thin lines and letters keep their weight.
        var size = Math.Max(width, height);
        var factor = size < 128 ? (127 + size) / size : 1;
        var (bitmap, canvas) = Surface(width * factor, height * factor);
        Paint(scene, canvas, bitmap, true);
        Average(bitmap.GetPixelSpan(), width, height, factor, rgb);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _backdrop.Dispose();
        _things.Dispose();
        _signs.Dispose();
        _easel.Dispose();
        Clear();
    }

    private void Paint(Scene scene, SKCanvas canvas, SKBitmap bitmap, bool letters)
    {
        canvas.ResetMatrix();
        canvas.Scale(bitmap.Width, bitmap.Height);
        _easel.Begin(canvas, scene.Style);
        _backdrop.Draw(scene);
        var holds = scene.Sign is not null && scene.Relation is { Kind: SpatialRelation.Holding };
        var speaker = scene.Groups.Count > 0 ? scene.Groups[0] : null;
        if (scene.Sign is { } sign && !holds)
            _signs.DrawCarrier(sign, speaker);
        var shadow = scene.Backdrop is not (Backdrop.Plain or Backdrop.Gradient or Backdrop.Sky or Backdrop.Space or Backdrop.BrickWall) && scene.Relation is null
            && scene.Style is SceneStyle.Flat or SceneStyle.Anime or SceneStyle.OilPainting or SceneStyle.Watercolour;
        foreach (var group in scene.Groups)
            _things.Draw(group, shadow);
        if (scene.Sign is { } held && holds)
        {
            _signs.DrawCarrier(held, null);
            _things.Paws(scene.Groups[0], held);
        }

        if (scene.Relation is { Kind: SpatialRelation.Holding, Object: >= 0 } holding)
            _things.Arm(scene.Groups[holding.Subject], scene.Groups[holding.Object].Places[0]);

        var bytes = bitmap.ByteCount;
        if (_scratch.Length < bytes)
            _scratch = new byte[bytes];
        Effects.Apply(scene.Style, scene.Seed, bitmap.GetPixelSpan(), _scratch.AsSpan(0, bytes), bitmap.Width, bitmap.Height);
        if (letters && scene.Sign is { } lettered)
            _signs.DrawLetters(scene, lettered);
    }

    private void PixelArt(Scene scene, int width, int height, Span<byte> rgb)
    {
        const int cells = 64;
        var (bitmap, canvas) = Surface(cells, cells);

        // Large things are drawn on a grid twice as coarse, so that the style shows at 64 pixels too.
        if (scene.Sign is null && scene.Groups.Count > 0 && scene.Groups.All(group => group.Places.All(place => place.Size > 0.42f)))
        {
            var (coarse, coarseCanvas) = Surface(cells / 2, cells / 2);
            Paint(scene, coarseCanvas, coarse, false);
            var from = coarse.GetPixelSpan();
            var to = bitmap.GetPixelSpan();
            for (var i = 0; i < cells * cells; i++)
                from.Slice(((i / cells / 2 * (cells / 2)) + (i % cells / 2)) * 4, 4).CopyTo(to.Slice(i * 4, 4));
        }
        else
        {
            Paint(scene, canvas, bitmap, true);
        }

        var source = bitmap.GetPixelSpan();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var to = ((y * width) + x) * 3;
                var (x0, y0) = (x * cells / width, y * cells / height);
                var (x1, y1) = (Math.Max(x0 + 1, (x + 1) * cells / width), Math.Max(y0 + 1, (y + 1) * cells / height));
                int red = 0, green = 0, blue = 0, count = 0;
                for (var sy = y0; sy < y1 && (y1 - y0 > 1 || sy == y0); sy++)
                {
                    for (var sx = x0; sx < x1 && (x1 - x0 > 1 || sx == x0); sx++, count++)
                    {
                        var at = ((sy * cells) + sx) * 4;
                        (red, green, blue) = (red + source[at], green + source[at + 1], blue + source[at + 2]);
                    }
                }

                (rgb[to], rgb[to + 1], rgb[to + 2]) = ((byte)(red / count), (byte)(green / count), (byte)(blue / count));
            }
        }
    }

    private static void Average(ReadOnlySpan<byte> rgba, int width, int height, int factor, Span<byte> rgb)
    {
        if (factor == 1)
        {
            for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
                (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
            return;
        }

        var (stride, area) = (width * factor * 4, factor * factor);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (red, green, blue) = (area / 2, area / 2, area / 2);
                for (var dy = 0; dy < factor; dy++)
                {
                    var row = rgba.Slice((((y * factor) + dy) * stride) + (x * factor * 4), factor * 4);
                    for (var at = 0; at < row.Length; at += 4)
                        (red, green, blue) = (red + row[at], green + row[at + 1], blue + row[at + 2]);
                }

                var to = ((y * width) + x) * 3;
                (rgb[to], rgb[to + 1], rgb[to + 2]) = ((byte)(red / area), (byte)(green / area), (byte)(blue / area));
            }
        }
    }

    private (SKBitmap Bitmap, SKCanvas Canvas) Surface(int width, int height)
    {
        if (_surfaces.TryGetValue((width, height), out var known))
            return known;
        if (_surfaces.Count >= 6)
            Clear();
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var made = (bitmap, new SKCanvas(bitmap));
        _surfaces.Add((width, height), made);
        return made;
    }

    private void Clear()
    {
        foreach (var (bitmap, canvas) in _surfaces.Values)
        {
            canvas.Dispose();
            bitmap.Dispose();
        }

        _surfaces.Clear();
    }
}

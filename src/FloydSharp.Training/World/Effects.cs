using System.Runtime.InteropServices;

namespace FloydSharp.Training.World;

/// <summary>What a style does to the finished pixels: paper, hatching, washes, brush strokes. Pixels are RGBA, (H, W, 4).</summary>
internal static class Effects
{
    /// <summary>Applies the style's texture in place.</summary>
    /// <param name="style">The style; most do nothing here.</param>
    /// <param name="seed">Shifts the texture.</param>
    /// <param name="pixels">The picture.</param>
    /// <param name="scratch">As many bytes as the picture; overwritten.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows.</param>
    public static void Apply(SceneStyle style, int seed, Span<byte> pixels, Span<byte> scratch, int width, int height)
    {
        switch (style)
        {
            case SceneStyle.PencilSketch:
                Hatch(seed, pixels, width, height);
                break;
            case SceneStyle.Watercolour:
                pixels.CopyTo(scratch);
                Wash(seed, pixels, MemoryMarshal.Cast<byte, uint>(scratch), width, height);
                break;
            case SceneStyle.OilPainting:
                pixels.CopyTo(scratch);
                Strokes(seed, pixels, MemoryMarshal.Cast<byte, uint>(scratch), width, height);
                break;
            case SceneStyle.PaperCut:
                Grain(seed, pixels, width, height, 13);
                break;
            default:
                break;
        }
    }

    // Colour only on the pencil's lines; dark places are hatched without gaps, so outlines stay.
    private static void Hatch(int seed, Span<byte> pixels, int width, int height)
    {
        var (lines, side) = Texture.Hatch.Level(Math.Max(width, height));
        var (grain, _) = Texture.Paper.Level(Math.Max(width, height));
        for (var y = 0; y < height; y++)
        {
            var row = Row(seed, y, height, side);
            for (var x = 0; x < width; x++)
            {
                var at = row + (((x * side) / width) & (side - 1));
                var pixel = pixels.Slice(((y * width) + x) * 4, 3);
                var brightness = (pixel[0] + (2 * pixel[1]) + pixel[2]) / 1020f;
                var cover = Math.Clamp(0.74f + (0.26f * lines[at]) + (0.12f * grain[at]), 0, 1);
                cover = Math.Max(cover, 1.25f - (brightness * 2.4f));
                var paper = 250 + (5 * grain[at]);
                for (var c = 0; c < 3; c++)
                    pixel[c] = Clip(paper - (c * 3) + ((pixel[c] - paper + (c * 3)) * Math.Min(1, cover)));
            }
        }
    }

    private static void Wash(int seed, Span<byte> pixels, ReadOnlySpan<uint> source, int width, int height)
    {
        var size = Math.Max(width, height);
        var (driftX, side) = Texture.Drift.Level(size);
        var (driftY, _) = Texture.Drift2.Level(size);
        var (wash, _) = Texture.Wash.Level(size);
        var (grain, _) = Texture.Paper.Level(size);
        var reach = size * 0.0075f;
        for (var y = 0; y < height; y++)
        {
            var row = Row(seed, y, height, side);
            var edgeY = Math.Min(y + 0.5f, height - y - 0.5f) / height;
            for (var x = 0; x < width; x++)
            {
                var at = row + (((x * side) / width) & (side - 1));
                var fromX = Math.Clamp((int)(x + (driftX[at] * reach) + 0.5f), 0, width - 1);
                var fromY = Math.Clamp((int)(y + (driftY[at] * reach) + 0.5f), 0, height - 1);
                var color = source[(fromY * width) + fromX];

                // The wash is lighter where water stood, and paper shows at an uneven margin.
                var edge = Math.Min(edgeY, Math.Min(x + 0.5f, width - x - 0.5f) / width);
                var margin = Math.Clamp((edge - 0.022f - (0.014f * driftX[at])) * 40, 0, 1);
                var strength = Math.Clamp(0.9f + (0.2f * wash[at]) + (0.1f * grain[at]), 0, 1.06f) * margin;
                var to = ((y * width) + x) * 4;
                pixels[to] = Clip(252 + (((color & 255) - 252f) * strength));
                pixels[to + 1] = Clip(251 + ((((color >> 8) & 255) - 251f) * strength));
                pixels[to + 2] = Clip(247 + ((((color >> 16) & 255) - 247f) * strength));
            }
        }
    }

    private static void Strokes(int seed, Span<byte> pixels, ReadOnlySpan<uint> source, int width, int height)
    {
        var (mapX, mapY, mapLight) = BrushStrokes.Map;
        var size = Math.Max(width, height);
        var (shiftX, side) = mapX.Level(size);
        var (shiftY, _) = mapY.Level(size);
        var (light, _) = mapLight.Level(size);
        for (var y = 0; y < height; y++)
        {
            var row = Row(seed, y, height, side);
            for (var x = 0; x < width; x++)
            {
                var at = row + (((x * side) / width) & (side - 1));
                var fromX = Math.Clamp((int)(x + (shiftX[at] * width) + 0.5f), 0, width - 1);
                var fromY = Math.Clamp((int)(y + (shiftY[at] * height) + 0.5f), 0, height - 1);
                var color = source[(fromY * width) + fromX];
                var to = ((y * width) + x) * 4;
                pixels[to] = Clip((color & 255) + light[at]);
                pixels[to + 1] = Clip(((color >> 8) & 255) + light[at]);
                pixels[to + 2] = Clip(((color >> 16) & 255) + light[at]);
            }
        }
    }

    private static void Grain(int seed, Span<byte> pixels, int width, int height, float strength)
    {
        var (grain, side) = Texture.Paper.Level(Math.Max(width, height));
        for (var y = 0; y < height; y++)
        {
            var row = Row(seed, y, height, side);
            for (var x = 0; x < width; x++)
            {
                var change = grain[row + (((x * side) / width) & (side - 1))] * strength;
                var to = ((y * width) + x) * 4;
                for (var c = 0; c < 3; c++)
                    pixels[to + c] = Clip(pixels[to + c] + change);
            }
        }
    }

    // Where a row starts in a texture: the seed shifts it by whole sixteenths, which every level has.
    private static int Row(int seed, int y, int height, int side) => (((y * side / height) + ((seed & 15) * side / 16)) & (side - 1)) * side;

    private static byte Clip(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}

namespace FloydSharp.IO.Imaging;

/// <summary>Puts painted pixels into the picture they belong to.</summary>
internal static class PicturePaste
{
    /// <summary>Blends a painted part over a picture. Where the weight is 0 the picture stays as it is, value for value.</summary>
    /// <param name="original">Grey, RGB or RGBA; not changed. Grey becomes RGB.</param>
    /// <param name="painted">RGB, of the weights' size; not changed.</param>
    /// <param name="weights">Grey: how much of the painted part shows; not changed. Where all of it shows, the result is opaque.</param>
    /// <param name="left">The column of <paramref name="original"/> where the part begins.</param>
    /// <param name="top">The row where it begins.</param>
    /// <returns>RGBA where the original is, else RGB.</returns>
    public static ImageBuffer Apply(ImageBuffer original, ImageBuffer painted, ImageBuffer weights, int left, int top)
    {
        var result = original.Channels == 1 ? original.ToRgb() : original.Copy();
        var channels = result.Channels;
        for (var y = 0; y < weights.Height; y++)
        {
            ReadOnlySpan<byte> shown = weights.Row(y);
            ReadOnlySpan<byte> colours = painted.Row(y);
            var row = result.Row(top + y)[(left * channels)..];
            for (var x = 0; x < shown.Length; x++)
            {
                if (shown[x] == 0)
                    continue;
                var pixel = row.Slice(x * channels, channels);
                var colour = colours.Slice(x * 3, 3);
                if (channels == 4)
                    BlendTransparent(pixel, colour, shown[x]);
                else
                    Blend(pixel, colour, shown[x]);
            }
        }

        return result;
    }

    private static void Blend(Span<byte> pixel, ReadOnlySpan<byte> colour, byte weight)
    {
        for (var c = 0; c < 3; c++)
            pixel[c] = AlphaMath.Blend(pixel[c], colour[c], weight);
    }

    // An opaque layer of the weight's opacity over the pixel.
    private static void BlendTransparent(Span<byte> pixel, ReadOnlySpan<byte> colour, byte weight)
    {
        var below = pixel[3] * (255 - weight);
        var whole = below + (255 * weight);
        for (var c = 0; c < 3; c++)
            pixel[c] = (byte)(((pixel[c] * below) + (colour[c] * 255 * weight) + (whole / 2)) / whole);
        pixel[3] = AlphaMath.Div255(whole);
    }
}

namespace FloydSharp.IO.Imaging;

/// <summary>
/// Puts the DeepFloyd IF watermark into the lower right corner, scaled with the picture's area.
/// Source: <c>diffusers/pipelines/deepfloyd_if/watermark.py</c>, and Pillow for the resampling and blending.
/// </summary>
public static class Watermark
{
    private const double ReferenceArea = 1024 * 1024; // on a picture of this area the watermark has its own size
    private const int ReferenceSize = 62;
    private const int ReferenceMargin = 14;

    /// <summary>Pastes the watermark through its own alpha.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="watermarkRgba">The watermark, RGBA; the published one is 62x62.</param>
    /// <param name="sampleSize">
    /// The side the pipeline's UNet works at (64 for stage I, 256 for stage II, 128 for stage III).
    /// On a picture with a side smaller than this, the corner lies where it would be on the full size, so little or nothing shows.
    /// </param>
    /// <returns>A new buffer of the same size and channels.</returns>
    /// <exception cref="ArgumentException">The watermark is not RGBA, or the sample size is below 1.</exception>
    public static ImageBuffer Apply(ImageBuffer image, ImageBuffer watermarkRgba, int sampleSize)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(watermarkRgba);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleSize, 1);
        if (watermarkRgba.Channels != 4)
            throw new ArgumentException($"The watermark must be RGBA, but it is {watermarkRgba}.", nameof(watermarkRgba));

        var result = image.Copy();
        double width = image.Width, height = image.Height;
        var coefficient = Math.Min(height / sampleSize, width / sampleSize);
        if (coefficient < 1)
            (width, height) = (Math.Truncate(width / coefficient), Math.Truncate(height / coefficient));

        // The reference takes the power of one half; a square root may differ in the last bit.
        var k = Math.Pow(width * height / ReferenceArea, 0.5);
        var size = (long)(k * ReferenceSize);
        var margin = (long)(ReferenceMargin * k);
        var left = (long)width - margin - size;
        var top = (long)height - margin - size;

        // The watermark's size is bounded only where it meets the picture: decide before resizing it.
        var outside = left >= image.Width || top >= image.Height || left + size <= 0 || top + size <= 0;
        if (size < 1 || outside)
            return result;
        var mark = Resampler.Resize(watermarkRgba, (int)size, (int)size, ResampleFilter.Bicubic);
        Paste(result, mark, (int)left, (int)top);
        return result;
    }

    /// <summary>Blends RGBA over a picture through its alpha; parts outside the picture are left out.</summary>
    private static void Paste(ImageBuffer target, ImageBuffer rgba, int left, int top)
    {
        var colours = target.Channels switch { 1 => rgba.ToGrey(), 3 => rgba.ToRgb(), _ => rgba };
        var channels = target.Channels;
        for (var y = Math.Max(0, -top); y < Math.Min(rgba.Height, target.Height - top); y++)
        {
            var row = target.Row(top + y);
            for (var x = Math.Max(0, -left); x < Math.Min(rgba.Width, target.Width - left); x++)
            {
                var alpha = rgba.Row(y)[(x * 4) + 3];
                var pixel = row.Slice((left + x) * channels, channels);
                var mark = colours.Row(y).Slice(x * channels, channels);
                for (var c = 0; c < channels; c++)
                    pixel[c] = AlphaMath.Blend(pixel[c], mark[c], alpha);
            }
        }
    }
}

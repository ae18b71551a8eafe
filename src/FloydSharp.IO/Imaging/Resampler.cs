namespace FloydSharp.IO.Imaging;

/// <summary>
/// Changes a picture's size with Pillow's arithmetic, bit for bit (<c>Image.resize(size, resample, reducing_gap=None)</c>):
/// a horizontal and a vertical pass, each rounded to 8 bits, with the filter widened when shrinking.
/// RGBA is filtered with alpha multiplied in, except by the nearest filter.
/// </summary>
public static class Resampler
{
    /// <summary>Resizes a picture to exactly the given size.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <param name="filter">The filter; Pillow's default for photographs is bicubic.</param>
    /// <returns>A new buffer with the same channels, also when the size stays.</returns>
    /// <exception cref="ArgumentException">A size is below 1 or the result does not fit one array.</exception>
    public static ImageBuffer Resize(ImageBuffer image, int width, int height, ResampleFilter filter)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height)
            return image.Copy();
        if (filter == ResampleFilter.Nearest)
            return Nearest(image, width, height);
        if (image.Channels != 4)
            return Filter(image, width, height, filter, ResampleRounding.Pillow);

        var premultiplied = image.Copy();
        AlphaMath.Premultiply(premultiplied.Pixels);
        var result = Filter(premultiplied, width, height, filter, ResampleRounding.Pillow);
        AlphaMath.Unpremultiply(result.Pixels);
        return result;
    }

    /// <summary>The two passes over all channels alike.</summary>
    internal static ImageBuffer Filter(ImageBuffer image, int width, int height, ResampleFilter filter, ResampleRounding rounding)
    {
        var result = image;
        if (width != image.Width)
            result = Horizontal(result, ResampleKernel.Create(image.Width, width, filter, rounding), width);
        if (height != image.Height)
            result = Vertical(result, ResampleKernel.Create(image.Height, height, filter, rounding), height);
        return result;
    }

    private static ImageBuffer Horizontal(ImageBuffer image, ResampleKernel kernel, int width)
    {
        var channels = image.Channels;
        var result = new ImageBuffer(width, image.Height, channels);
        for (var y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> source = image.Row(y);
            var target = result.Row(y);
            for (var x = 0; x < width; x++)
            {
                var weights = kernel.Weights(x);
                var window = source.Slice(kernel.Start(x) * channels, weights.Length * channels);
                for (var c = 0; c < channels; c++)
                {
                    var sum = kernel.Half;
                    for (int i = 0, at = c; i < weights.Length; i++, at += channels)
                        sum += window[at] * weights[i];
                    target[(x * channels) + c] = kernel.Round(sum);
                }
            }
        }

        return result;
    }

    private static ImageBuffer Vertical(ImageBuffer image, ResampleKernel kernel, int height)
    {
        var result = new ImageBuffer(image.Width, height, image.Channels);
        var sums = new int[image.Stride];
        for (var y = 0; y < height; y++)
        {
            Array.Fill(sums, kernel.Half);
            var weights = kernel.Weights(y);
            for (var i = 0; i < weights.Length; i++)
            {
                ReadOnlySpan<byte> source = image.Row(kernel.Start(y) + i);
                var weight = weights[i];
                for (var x = 0; x < sums.Length && x < source.Length; x++)
                    sums[x] += source[x] * weight;
            }

            var target = result.Row(y);
            for (var x = 0; x < target.Length; x++)
                target[x] = kernel.Round(sums[x]);
        }

        return result;
    }

    private static ImageBuffer Nearest(ImageBuffer image, int width, int height)
    {
        var columns = NearestSources(image.Width, width);
        var rows = NearestSources(image.Height, height);
        var channels = image.Channels;
        var result = new ImageBuffer(width, height, channels);
        for (var y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> source = image.Row(rows[y]);
            var target = result.Row(y);
            for (var x = 0; x < width; x++)
                source.Slice(columns[x] * channels, channels).CopyTo(target[(x * channels)..]);
        }

        return result;
    }

    /// <summary>Where each new pixel's centre falls. The steps are added up, not multiplied, because Pillow's rounding comes from that.</summary>
    private static int[] NearestSources(int inputSize, int outputSize)
    {
        var result = new int[outputSize];
        var step = (double)inputSize / outputSize;
        var center = step * 0.5;
        for (var i = 0; i < outputSize; i++, center += step)
            result[i] = Math.Min((int)center, inputSize - 1);
        return result;
    }
}

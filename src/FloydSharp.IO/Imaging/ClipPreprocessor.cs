namespace FloydSharp.IO.Imaging;

/// <summary>
/// Turns a picture into the input of a CLIP vision tower: resize, cut out the middle, rescale, normalise.
/// Source: <c>CLIPImageProcessor</c> of transformers 5 with its default torchvision backend, whose 8-bit resampling
/// rounds the weights to 16 bits and so differs from Pillow's by up to one level.
/// </summary>
public static class ClipPreprocessor
{
    /// <summary>Prepares one picture.</summary>
    /// <param name="image">Grey, RGB or RGBA (alpha is dropped); not changed.</param>
    /// <param name="config">Sizes and numbers; checked here.</param>
    /// <returns>float32 values, (3, CropHeight, CropWidth), around [-2, 3]; owned by the caller.</returns>
    /// <exception cref="FloydException">The configuration is out of range, or the picture is too long and thin to resize.</exception>
    public static float[] Preprocess(ImageBuffer image, ClipPreprocessorConfig config)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        var (width, height) = ResizedSize(image, config);
        if ((long)width * height > ImageFile.DefaultMaxPixels)
            throw new FloydException($"The {image.Width}x{image.Height} picture is too long and thin: resized for the safety checker it would be {width}x{height}. Crop it first.");

        var rgb = image.ToRgb();
        var resized = config.Resample == ResampleFilter.Nearest
            ? Resampler.Resize(rgb, width, height, ResampleFilter.Nearest)
            : Resampler.Filter(rgb, width, height, config.Resample, ResampleRounding.Torchvision);
        return Normalize(CenterCrop(resized, config.CropWidth, config.CropHeight), config);
    }

    private static (int Width, int Height) ResizedSize(ImageBuffer image, ClipPreprocessorConfig config)
    {
        if (config.ShortestEdge is not { } edge)
            return (config.ResizeWidth!.Value, config.ResizeHeight!.Value);

        // The long side is truncated, not rounded.
        return image.Width <= image.Height
            ? (edge, LongSide(edge, image.Height, image.Width))
            : (LongSide(edge, image.Width, image.Height), edge);
    }

    private static int LongSide(int edge, int longSide, int shortSide) =>
        (int)Math.Min((double)edge * longSide / shortSide, int.MaxValue);

    /// <summary>Cuts out the middle; where the picture is smaller, zeros surround it, one more after than before.</summary>
    private static ImageBuffer CenterCrop(ImageBuffer image, int width, int height)
    {
        var (sourceX, targetX, columns) = Overlap(image.Width, width);
        var (sourceY, targetY, rows) = Overlap(image.Height, height);
        var result = new ImageBuffer(width, height, 3);
        for (var y = 0; y < rows; y++)
            image.Row(sourceY + y).Slice(sourceX * 3, columns * 3).CopyTo(result.Row(targetY + y)[(targetX * 3)..]);
        return result;
    }

    private static (int Source, int Target, int Count) Overlap(int have, int want) =>
        have >= want ? ((have - want) / 2, 0, want) : (0, (want - have) / 2, have);

    /// <summary>The reference folds the rescaling into mean and deviation, in single precision; so does this.</summary>
    private static float[] Normalize(ImageBuffer image, ClipPreprocessorConfig config)
    {
        var plane = image.Width * image.Height;
        var result = new float[3 * plane];
        var unscale = (float)(1.0 / config.RescaleFactor);
        for (var c = 0; c < 3; c++)
        {
            var mean = (float)config.Mean[c] * unscale;
            var std = (float)config.Std[c] * unscale;
            for (var i = 0; i < plane; i++)
                result[(c * plane) + i] = (image.Pixels[(i * 3) + c] - mean) / std;
        }

        return result;
    }
}

namespace FloydSharp.IO.Imaging;

/// <summary>Brings people's pictures to the sizes that models take, with Pillow's bicubic filter.</summary>
public static class PictureFit
{
    /// <summary>
    /// Makes the shorter side so many pixels and the longer one the nearest multiple that keeps the shape, stretching a little
    /// where needed, as the reference prepares pictures for image variation (diffusers, pipeline_if_img2img.py, resize).
    /// </summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="side">The shorter side in pixels, such as a UNet's sample size.</param>
    /// <param name="multiple">The longer side is a multiple of this (8 in the reference).</param>
    /// <returns>A new picture with the same channels.</returns>
    public static ImageBuffer ShorterSide(ImageBuffer image, int side, int multiple = 8)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (width, height) = ShorterSide(image.Width, image.Height, side, multiple);
        return Resampler.Resize(image, width, height, ResampleFilter.Bicubic);
    }

    /// <summary>The size that <see cref="ShorterSide(ImageBuffer, int, int)"/> gives a picture of so many pixels.</summary>
    public static (int Width, int Height) ShorterSide(int width, int height, int side, int multiple = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, multiple);
        var aspect = (double)width / height;
        return aspect >= 1 ? (Longer(aspect), side) : (side, Longer(1 / aspect));

        // Halves go to the even number, as in Python.
        int Longer(double ratio) => (int)Math.Min(Math.Round((double)side / multiple * ratio) * multiple, int.MaxValue / 2);
    }

    /// <summary>Fills a size completely: what is too much of the longer side is cut off evenly, then the rest is resized.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <returns>A new picture with the same channels.</returns>
    public static ImageBuffer Cover(ImageBuffer image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var scale = Math.Min((double)image.Width / width, (double)image.Height / height);
        var (cutWidth, cutHeight) = (Side(width, image.Width), Side(height, image.Height));
        return Resampler.Resize(Middle(image, cutWidth, cutHeight), width, height, ResampleFilter.Bicubic);

        int Side(int target, int available) => Math.Clamp((int)Math.Round(target * scale), 1, available);
    }

    /// <summary>Cuts a size out of the middle, without resizing.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="width">Pixels per row, at most the picture's.</param>
    /// <param name="height">Rows, at most the picture's.</param>
    /// <returns>A new picture with the same channels.</returns>
    /// <exception cref="ArgumentException">The size is empty or larger than the picture.</exception>
    public static ImageBuffer Middle(ImageBuffer image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, image.Width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, image.Height);
        return image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
    }
}

namespace FloydSharp.IO.Imaging;

/// <summary>Models know no transparency: composes pictures on a colour before, and takes the colour out again after.</summary>
internal static class PictureAlpha
{
    /// <summary>Composes a picture on a colour.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="background">What shows through.</param>
    /// <returns>A new RGB picture.</returns>
    public static ImageBuffer Compose(ImageBuffer image, RgbColour background)
    {
        if (image.Channels != 4)
            return image.ToRgb();
        var result = new ImageBuffer(image.Width, image.Height, 3);
        var (source, target) = (image.Pixels, result.Pixels);
        for (int from = 0, to = 0; to < target.Length; from += 4, to += 3)
        {
            var alpha = source[from + 3];
            target[to] = AlphaMath.Blend(background.Red, source[from], alpha);
            target[to + 1] = AlphaMath.Blend(background.Green, source[from + 1], alpha);
            target[to + 2] = AlphaMath.Blend(background.Blue, source[from + 2], alpha);
        }

        return result;
    }

    /// <summary>Makes a picture transparent so that on the colour it looks as it does now, as far as 8 bits go.</summary>
    /// <param name="image">RGB; not changed.</param>
    /// <param name="alpha">Grey, of the same size; not changed.</param>
    /// <param name="background">The colour it was composed on.</param>
    /// <returns>A new RGBA picture.</returns>
    public static ImageBuffer Restore(ImageBuffer image, ImageBuffer alpha, RgbColour background)
    {
        var result = new ImageBuffer(image.Width, image.Height, 4);
        var (source, target) = (image.Pixels, result.Pixels);
        for (int from = 0, to = 0, at = 0; to < target.Length; from += 3, to += 4, at++)
        {
            var opacity = alpha.Pixels[at];
            target[to] = Without(background.Red, source[from], opacity);
            target[to + 1] = Without(background.Green, source[from + 1], opacity);
            target[to + 2] = Without(background.Blue, source[from + 2], opacity);
            target[to + 3] = opacity;
        }

        return result;
    }

    /// <summary>The alpha channel as a grey picture; null where there is none.</summary>
    public static ImageBuffer? Of(ImageBuffer image)
    {
        if (image.Channels != 4)
            return null;
        var result = new ImageBuffer(image.Width, image.Height, 1);
        for (var i = 0; i < result.Pixels.Length; i++)
            result.Pixels[i] = image.Pixels[(i * 4) + 3];
        return result;
    }

    // Under full transparency no colour shows; the one that is there stays, for programs that drop alpha.
    private static byte Without(byte background, byte colour, byte alpha) => alpha == 0
        ? colour
        : (byte)Math.Clamp((((255 * colour) - ((255 - alpha) * background)) + (alpha / 2)) / alpha, 0, 255);
}

using SkiaSharp;

namespace FloydSharp.IO.Imaging;

/// <summary>Turns a picture upright as its EXIF orientation (1 to 8) asks.</summary>
internal static class ExifOrientation
{
    /// <summary>Returns the upright picture: the argument itself when it is upright already.</summary>
    public static ImageBuffer Apply(ImageBuffer image, SKEncodedOrigin origin)
    {
        // Where the first row and the first column of the upright picture lie in the stored one.
        var (isTransposed, fromRight, fromBottom) = origin switch
        {
            SKEncodedOrigin.TopRight => (false, true, false),
            SKEncodedOrigin.BottomRight => (false, true, true),
            SKEncodedOrigin.BottomLeft => (false, false, true),
            SKEncodedOrigin.LeftTop => (true, false, false),
            SKEncodedOrigin.RightTop => (true, false, true),
            SKEncodedOrigin.RightBottom => (true, true, true),
            SKEncodedOrigin.LeftBottom => (true, true, false),
            _ => (false, false, false),
        };
        if (!isTransposed && !fromRight && !fromBottom)
            return image;

        var channels = image.Channels;
        var result = isTransposed
            ? new ImageBuffer(image.Height, image.Width, channels)
            : new ImageBuffer(image.Width, image.Height, channels);
        for (var y = 0; y < result.Height; y++)
        {
            var target = result.Row(y);
            for (var x = 0; x < result.Width; x++)
            {
                var (column, row) = isTransposed ? (y, x) : (x, y);
                column = fromRight ? image.Width - 1 - column : column;
                row = fromBottom ? image.Height - 1 - row : row;
                image.Row(row).Slice(column * channels, channels).CopyTo(target[(x * channels)..]);
            }
        }

        return result;
    }
}

namespace FloydSharp.IO.Imaging;

/// <summary>
/// The part of a picture that models see, in the picture's pixels. It may reach beyond the edges; there the picture is mirrored.
/// Taking a window out, at any size, and putting the result back are each other's inverse as far as geometry goes.
/// </summary>
/// <param name="X">Left column; negative beyond the left edge.</param>
/// <param name="Y">Top row; negative beyond the upper edge.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
internal readonly record struct PictureWindow(int X, int Y, int Width, int Height)
{
    // Beyond a few percent that multiples cost, stretching shows.
    private const double MostStretch = 1.2;

    /// <summary>The whole of a picture.</summary>
    public static PictureWindow Whole(ImageBuffer image) => new(0, 0, image.Width, image.Height);

    /// <summary>The smallest window that holds all that a mask marks; null where it marks nothing.</summary>
    /// <param name="mask">Grey; anything but black is marked.</param>
    public static PictureWindow? Marked(ImageBuffer mask)
    {
        int left = mask.Width, right = -1, top = -1, bottom = -1;
        for (var y = 0; y < mask.Height; y++)
        {
            ReadOnlySpan<byte> row = mask.Row(y);
            var first = row.IndexOfAnyExcept((byte)0);
            if (first < 0)
                continue;
            left = Math.Min(left, first);
            right = Math.Max(right, row.LastIndexOfAnyExcept((byte)0));
            (top, bottom) = (top < 0 ? y : top, y);
        }

        return bottom < 0 ? null : new(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Grows by a margin, then towards a square, as far as the picture goes: models do squares best.</summary>
    public PictureWindow Grow(int margin, int pictureWidth, int pictureHeight)
    {
        var (width, height) = ((int)Math.Min(Width + (2L * margin), pictureWidth), (int)Math.Min(Height + (2L * margin), pictureHeight));
        var side = Math.Max(width, height);
        (width, height) = (Math.Min(side, pictureWidth), Math.Min(side, pictureHeight));
        return new(Place(X, Width, width, pictureWidth), Place(Y, Height, height, pictureHeight), width, height);

        static int Place(int start, int size, int grown, int available) => Math.Clamp(start + ((size - grown) / 2), 0, available - grown);
    }

    /// <summary>The window around or inside this one that has a target's shape, as a mode asks.</summary>
    /// <param name="targetWidth">Pixels per row of what the models see.</param>
    /// <param name="targetHeight">Its rows.</param>
    /// <param name="mode">What to do where the shapes differ.</param>
    public PictureWindow Fit(int targetWidth, int targetHeight, PictureFitMode mode)
    {
        var stretch = (double)Width * targetHeight / ((double)Height * targetWidth);
        if (mode == PictureFitMode.Fit && stretch is >= 1 / MostStretch and <= MostStretch)
            return this;
        var isWide = stretch > 1;
        var byHeight = Math.Max(1, (int)Math.Round((double)Height * targetWidth / targetHeight));
        var byWidth = Math.Max(1, (int)Math.Round((double)Width * targetHeight / targetWidth));
        var (width, height) = isWide == (mode == PictureFitMode.Crop) ? (byHeight, Height) : (Width, byWidth);
        if (mode == PictureFitMode.Crop)
            (width, height) = (Math.Min(width, Width), Math.Min(height, Height));
        return new(X + Half(Width - width), Y + Half(Height - height), width, height);

        // Down on both sides of zero, so that padding and cutting are each other's mirror.
        static int Half(int difference) => difference >> 1;
    }

    /// <summary>The part that lies inside a picture.</summary>
    public PictureWindow Visible(int pictureWidth, int pictureHeight)
    {
        var (left, top) = (Math.Max(X, 0), Math.Max(Y, 0));
        return new(left, top, Math.Min(X + Width, pictureWidth) - left, Math.Min(Y + Height, pictureHeight) - top);
    }

    /// <summary>Takes the window out of a picture.</summary>
    /// <param name="image">Grey, RGB or RGBA; not changed.</param>
    /// <param name="width">Pixels per row of the result.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="filter">The filter that resizes.</param>
    /// <returns>A new picture with the same channels.</returns>
    public ImageBuffer Take(ImageBuffer image, int width, int height, ResampleFilter filter = ResampleFilter.Bicubic) =>
        Resampler.Resize(Cut(image), width, height, filter);

    /// <summary>Brings what models made of the window to the picture's geometry: padding cut off, stretching undone.</summary>
    /// <param name="made">The window's content at any size; not changed.</param>
    /// <param name="pictureWidth">Pixels per row of the picture the window belongs to.</param>
    /// <param name="pictureHeight">Its rows.</param>
    /// <param name="scale">Pixels of the result per pixel of the picture; null keeps the finer of the two resolutions of <paramref name="made"/>.</param>
    /// <returns>The visible part, each side the picture's times the scale, rounded.</returns>
    public ImageBuffer PutBack(ImageBuffer made, int pictureWidth, int pictureHeight, double? scale)
    {
        var visible = Visible(pictureWidth, pictureHeight);
        var (width, height) = Size(visible, made, scale);
        var (factorX, factorY) = ((double)width / visible.Width, (double)height / visible.Height);
        var (wholeWidth, wholeHeight) = (Math.Max(width, Round(Width * factorX)), Math.Max(height, Round(Height * factorY)));
        var (x, y) = (Math.Min(Round((visible.X - X) * factorX), wholeWidth - width), Math.Min(Round((visible.Y - Y) * factorY), wholeHeight - height));
        return Resampler.Resize(made, wholeWidth, wholeHeight, ResampleFilter.Bicubic).Crop(x, y, width, height);
    }

    /// <summary>The size of the result of <see cref="PutBack"/>.</summary>
    public (int Width, int Height) Size(PictureWindow visible, ImageBuffer made, double? scale)
    {
        var factor = scale ?? Math.Max((double)made.Width / Width, (double)made.Height / Height);
        return (Math.Max(1, Round(visible.Width * factor)), Math.Max(1, Round(visible.Height * factor)));
    }

    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.AwayFromZero);

    private ImageBuffer Cut(ImageBuffer image)
    {
        if (Visible(image.Width, image.Height) == this)
            return image.Crop(X, Y, Width, Height);
        var channels = image.Channels;
        var result = new ImageBuffer(Width, Height, channels);
        var columns = new int[Width];
        for (var x = 0; x < Width; x++)
            columns[x] = Mirrored(X + x, image.Width) * channels;
        for (var y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> source = image.Row(Mirrored(Y + y, image.Height));
            var target = result.Row(y);
            for (var x = 0; x < columns.Length; x++)
                source.Slice(columns[x], channels).CopyTo(target[(x * channels)..]);
        }

        return result;
    }

    // Back and forth, the edge itself shown twice.
    private static int Mirrored(int position, int size)
    {
        var inPeriod = ((position % (2 * size)) + (2 * size)) % (2 * size);
        return inPeriod < size ? inPeriod : (2 * size) - 1 - inPeriod;
    }
}

namespace FloydSharp.IO.Imaging;

/// <summary>
/// A picture in memory: 8 bits per channel, rows from top to bottom without padding, channels interleaved.
/// One channel is grey, three are RGB, four are RGBA with alpha not multiplied into the colours.
/// </summary>
public sealed class ImageBuffer
{
    /// <summary>Creates a black picture (with four channels: transparent black).</summary>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGBA).</param>
    /// <exception cref="ArgumentException">A size or the channel count is out of range.</exception>
    public ImageBuffer(int width, int height, int channels)
        : this(width, height, channels, new byte[ByteCount(width, height, channels)])
    {
    }

    /// <summary>Wraps pixels without copying them; the buffer and the caller then share the array.</summary>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGBA).</param>
    /// <param name="pixels">Exactly <c>width * height * channels</c> bytes.</param>
    /// <exception cref="ArgumentException">A size, the channel count or the array's length is wrong.</exception>
    public ImageBuffer(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var expected = ByteCount(width, height, channels);
        if (pixels.Length != expected)
            throw new ArgumentException($"A {width}x{height} picture with {channels} channels has {expected} bytes, but {pixels.Length} were given.", nameof(pixels));
        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey), 3 (RGB) or 4 (RGBA).</summary>
    public int Channels { get; }

    /// <summary>The samples, (Height, Width, Channels), 0 to 255. Owned by the buffer; writing to it changes the picture.</summary>
    public byte[] Pixels { get; }

    /// <summary>Bytes per row, <c>Width * Channels</c>.</summary>
    public int Stride => Width * Channels;

    /// <summary>One row's samples; writing to the span changes the picture.</summary>
    /// <param name="y">Row, 0 at the top.</param>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return Pixels.AsSpan(y * Stride, Stride);
    }

    /// <summary>Copies a rectangle that lies inside the picture.</summary>
    /// <param name="x">Left column of the rectangle.</param>
    /// <param name="y">Top row of the rectangle.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <returns>A new buffer with the same channels.</returns>
    /// <exception cref="ArgumentException">The rectangle is empty or reaches outside the picture.</exception>
    public ImageBuffer Crop(int x, int y, int width, int height)
    {
        if (x < 0 || y < 0 || width < 1 || height < 1 || width > Width - x || height > Height - y)
            throw new ArgumentException($"The rectangle {width}x{height} at ({x}, {y}) does not lie inside the {Width}x{Height} picture.");
        var result = new ImageBuffer(width, height, Channels);
        for (var row = 0; row < height; row++)
            Row(y + row).Slice(x * Channels, result.Stride).CopyTo(result.Row(row));
        return result;
    }

    /// <summary>
    /// Copies the picture as RGB: grey is repeated three times, alpha is dropped without blending,
    /// as <c>Image.convert("RGB")</c> does in Pillow.
    /// </summary>
    public ImageBuffer ToRgb()
    {
        if (Channels == 3)
            return Copy();
        var result = new ImageBuffer(Width, Height, 3);
        var (source, target) = (Pixels, result.Pixels);
        var (green, blue) = Channels == 1 ? (0, 0) : (1, 2);
        for (int from = 0, to = 0; to < target.Length; from += Channels, to += 3)
        {
            target[to] = source[from];
            target[to + 1] = source[from + green];
            target[to + 2] = source[from + blue];
        }

        return result;
    }

    /// <summary>
    /// Copies the picture as grey: ITU-R 601-2 luma in 16-bit fixed point, alpha dropped,
    /// as <c>Image.convert("L")</c> does in Pillow.
    /// </summary>
    public ImageBuffer ToGrey()
    {
        if (Channels == 1)
            return Copy();
        var result = new ImageBuffer(Width, Height, 1);
        var (source, target) = (Pixels, result.Pixels);
        for (int from = 0, to = 0; to < target.Length; from += Channels, to++)
            target[to] = Luma(source[from], source[from + 1], source[from + 2]);
        return result;
    }

    /// <summary>Copies the picture.</summary>
    public ImageBuffer Copy() => new(Width, Height, Channels, (byte[])Pixels.Clone());

    /// <summary>Whether the other picture has the same size, channels and samples.</summary>
    /// <param name="other">The picture to compare with; null is never equal.</param>
    public bool ContentEquals(ImageBuffer? other) =>
        other is not null && Width == other.Width && Height == other.Height && Channels == other.Channels
        && Pixels.AsSpan().SequenceEqual(other.Pixels);

    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height} {Channels switch { 1 => "grey", 3 => "RGB", _ => "RGBA" }}";

    // 0.299, 0.587 and 0.114 times 65536; they sum to 65536, so white stays 255.
    private static byte Luma(int red, int green, int blue) =>
        (byte)(((red * 19595) + (green * 38470) + (blue * 7471) + 0x8000) >> 16);

    private static int ByteCount(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture has 1 (grey), 3 (RGB) or 4 (RGBA) channels.");

        // In 128 bits: two sizes near 2^31 and four channels do not fit 64.
        var count = (Int128)width * height * channels;
        if (count > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(width), width, $"A {width}x{height} picture with {channels} channels does not fit one array.");
        return (int)count;
    }
}

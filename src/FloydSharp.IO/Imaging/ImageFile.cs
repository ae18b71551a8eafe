using SkiaSharp;

namespace FloydSharp.IO.Imaging;

/// <summary>Reads PNG, JPEG and WebP files, and writes PNG files. Files are taken to be hostile until decoded.</summary>
public static class ImageFile
{
    /// <summary>Most pixels read unless the caller says otherwise: 200 million. The check comes before memory is taken.</summary>
    public const long DefaultMaxPixels = 200_000_000;

    private const long MaxFileBytes = 1L << 30;

    /// <summary>
    /// Reads a picture, turned upright as its EXIF orientation asks. Colours are as stored, unless sRGB is asked for;
    /// 16-bit samples keep their high byte; palettes are expanded; of an animation the first frame is read.
    /// </summary>
    /// <param name="path">A PNG, JPEG or WebP file.</param>
    /// <param name="maxPixels">Most pixels (width times height) to accept.</param>
    /// <param name="toSrgb">
    /// Whether a colour profile, such as a telephone's Display P3, is applied, so that the values mean sRGB; files without one are
    /// not changed by it.
    /// </param>
    /// <returns>Grey, RGB, or RGBA where the file has transparency (not multiplied in).</returns>
    /// <exception cref="FloydException">The file cannot be read, is no such image, is damaged, cut short or too large.</exception>
    public static ImageBuffer Load(string path, long maxPixels = DefaultMaxPixels, bool toSrgb = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] data;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
                throw new FloydException($"{path} has {length} bytes; images of at most {MaxFileBytes} bytes are read. Shrink it first.");
            data = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FloydException($"Cannot read the image {path}: {e.Message}", e);
        }

        return Decode(data, path, maxPixels, toSrgb);
    }

    /// <summary>Decodes a picture from memory; see <see cref="Load"/>.</summary>
    /// <param name="data">A whole PNG, JPEG or WebP file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="maxPixels">Most pixels (width times height) to accept.</param>
    /// <param name="toSrgb">Whether a colour profile is applied.</param>
    /// <exception cref="FloydException">No such image, damaged, cut short or too large.</exception>
    public static ImageBuffer Decode(ReadOnlySpan<byte> data, string name = "The image", long maxPixels = DefaultMaxPixels, bool toSrgb = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        var format = FormatOf(data)
            ?? throw new FloydException($"{name} is not a PNG, JPEG or WebP image. Convert it to PNG first.");
        using var copy = SKData.CreateCopy(data);
        using var codec = SKCodec.Create(copy)
            ?? throw new FloydException($"{name} begins as a {format} file, but its header is damaged or cut short. Use an undamaged copy.");
        var stored = codec.Info;
        if ((long)stored.Width * stored.Height > maxPixels)
            throw new FloydException($"{name} is {stored.Width}x{stored.Height}; at most {maxPixels} pixels are read. Shrink it first.");

        // Without a target colour space Skia leaves the stored values alone, as the reference does.
        using var target = toSrgb ? SKColorSpace.CreateSrgb() : null;
        var isGrey = stored.ColorType == SKColorType.Gray8;
        var isOpaque = isGrey || stored.AlphaType == SKAlphaType.Opaque;
        var info = new SKImageInfo(
            stored.Width,
            stored.Height,
            isGrey ? SKColorType.Gray8 : SKColorType.Rgba8888,
            isOpaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul,
            target);
        var image = new ImageBuffer(stored.Width, stored.Height, isGrey ? 1 : 4);
        ReadPixels(codec, info, image, name, format);
        if (!isGrey && isOpaque)
            image = image.ToRgb();
        return ExifOrientation.Apply(image, codec.EncodedOrigin);
    }

    /// <summary>Encodes a picture as an 8-bit PNG file.</summary>
    /// <param name="image">Grey, RGB or RGBA.</param>
    /// <param name="text">Texts to store, by key (1 to 79 printable Latin-1 characters); any Unicode text but NUL. Ordered by key.</param>
    /// <returns>The file's bytes: the same for the same input on the same runtime and kind of machine.</returns>
    /// <exception cref="FloydException">A key or a text cannot be stored.</exception>
    public static byte[] EncodePng(ImageBuffer image, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PngWriter.Encode(image, text);
    }

    /// <summary>Writes a picture as an 8-bit PNG file; the file appears under its name only when complete.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="image">Grey, RGB or RGBA.</param>
    /// <param name="text">Texts to store; see <see cref="EncodePng"/>.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="FloydException">The file exists and must not be replaced, the folder is missing or cannot be written, or a text cannot be stored.</exception>
    public static void SavePng(string path, ImageBuffer image, IReadOnlyDictionary<string, string>? text = null, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.CheckFree(path, overwrite);
        AtomicFile.Write(path, EncodePng(image, text), overwrite);
    }

    private static unsafe void ReadPixels(SKCodec codec, SKImageInfo info, ImageBuffer image, string name, string format)
    {
        SKCodecResult result;
        fixed (byte* pixels = image.Pixels)
            result = codec.GetPixels(info, (nint)pixels);
        if (result == SKCodecResult.IncompleteInput)
            throw new FloydException($"{name} is cut short: the {format} file ends before its last row. Use a complete copy.");
        if (result != SKCodecResult.Success)
            throw new FloydException($"{name} is a damaged {format} file ({result}). Use an undamaged copy.");
    }

    /// <summary>The format by its first bytes, so that only three decoders ever see a stranger's file.</summary>
    private static string? FormatOf(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith(PngWriter.Signature))
            return "PNG";
        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "JPEG";
        return data.Length >= 12 && data.StartsWith("RIFF"u8) && data[8..].StartsWith("WEBP"u8) ? "WebP" : null;
    }
}

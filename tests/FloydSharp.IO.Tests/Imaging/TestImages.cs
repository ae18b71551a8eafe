using System.Buffers.Binary;
using System.IO.Compression;
using FloydSharp.IO.Imaging;
using SkiaSharp;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

/// <summary>Pictures and hand-made files for tests.</summary>
internal static class TestImages
{
    public static ImageBuffer Noise(int width, int height, int channels, int seed = 1)
    {
        var image = new ImageBuffer(width, height, channels);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    public static int LargestDifference(ImageBuffer expected, ImageBuffer actual)
    {
        Assert.Equal(expected.ToString(), actual.ToString());
        return expected.Pixels.Zip(actual.Pixels, (a, b) => Math.Abs(a - b)).Max();
    }

    /// <summary>A PNG of any bit depth and colour type from rows that are packed already; filter 0 is put before each.</summary>
    public static byte[] Png(int width, int height, int bits, int colourType, byte[][] rows, params (string Type, byte[] Data)[] before)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)bits, (byte)colourType);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                zlib.WriteByte(0);
                zlib.Write(row);
            }
        }

        return PngOfChunks([("IHDR", header), .. before, ("IDAT", packed.ToArray()), ("IEND", [])]);
    }

    public static byte[] PngOfChunks(params (string Type, byte[] Data)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write(PngWriter.Signature);
        foreach (var (type, data) in chunks)
            PngWriter.WriteChunk(file, System.Text.Encoding.Latin1.GetBytes(type), data);
        return file.ToArray();
    }

    /// <summary>A JPEG of the best quality, with an EXIF orientation when one is given.</summary>
    public static byte[] Jpeg(ImageBuffer rgb, int? orientation = null)
    {
        var jpeg = Encode(rgb, SKEncodedImageFormat.Jpeg);
        if (orientation is null)
            return jpeg;
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "MM"u8, 0, 42, 0, 0, 0, 8, // big-endian TIFF, first directory at 8
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, // one entry: orientation, one 16-bit number
            0, 0, 0, 0,
        ];
        var length = exif.Length + 2;
        return [0xFF, 0xD8, 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. exif, .. jpeg[2..]];
    }

    public static byte[] LosslessWebp(ImageBuffer image)
    {
        using var bitmap = ToBitmap(image);
        using var pixmap = bitmap.PeekPixels()!;
        using var data = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50))!;
        return data!.ToArray();
    }

    public static byte[] Encode(ImageBuffer image, SKEncodedImageFormat format)
    {
        using var bitmap = ToBitmap(image);
        using var data = bitmap.Encode(format, 100);
        return data!.ToArray();
    }

    private static SKBitmap ToBitmap(ImageBuffer image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, image.Channels == 4 ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var pixel = image.Row(y).Slice(x * image.Channels, image.Channels);
                var target = Span(bitmap)[((y * bitmap.RowBytes) + (x * 4))..];
                pixel.CopyTo(target);
                if (image.Channels == 3)
                    target[3] = 255;
            }
        }

        return bitmap;
    }

    private static unsafe Span<byte> Span(SKBitmap bitmap) => new((void*)bitmap.GetPixels(), bitmap.ByteCount);
}

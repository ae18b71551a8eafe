using System.Buffers.Binary;
using FloydSharp.IO.Imaging;
using SkiaSharp;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

/// <summary>The rarer kinds of pictures that people have, and colour profiles.</summary>
public sealed class ImageFormatTests
{
    [Fact]
    public void Decode_CmykJpeg_BecomesRgb()
    {
        // Adobe's programs store ink inverted: 255 is none.
        var red = ImageFile.Decode(CmykJpeg(255, 0, 0, 255));
        var dark = ImageFile.Decode(CmykJpeg(255, 255, 255, 64));

        Assert.Equal("8x8 RGB", red.ToString());
        Assert.Equal([255, 0, 0], red.Row(4)[12..15].ToArray());
        Assert.All(dark.Pixels, p => Assert.InRange(p, 62, 66));
    }

    [Fact]
    public void Decode_GreyJpeg_StaysGrey()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Gray8, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(90, 90, 90));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);

        var image = ImageFile.Decode(data.AsSpan());

        Assert.Equal("16x8 grey", image.ToString());
        Assert.All(image.Pixels, p => Assert.InRange(p, 89, 91));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Decode_LossyWebp_IsClose(int channels)
    {
        var image = new ImageBuffer(32, 24, channels);
        image.Pixels.AsSpan().Fill(200);

        var decoded = ImageFile.Decode(TestImages.Encode(image, SKEncodedImageFormat.Webp));

        Assert.InRange(TestImages.LargestDifference(image, decoded), 0, 4);
    }

    [Fact]
    public void Decode_InterlacedPng_IsRead()
    {
        // One pixel is one pass.
        byte[] header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 1];
        var plain = TestImages.Png(1, 1, 8, 2, [[10, 20, 30]]);
        var data = plain.AsSpan(8 + 25 + 8, BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(33))).ToArray();

        Assert.Equal([10, 20, 30], ImageFile.Decode(TestImages.PngOfChunks(("IHDR", header), ("IDAT", data), ("IEND", []))).Pixels);
    }

    [Fact]
    public void Decode_ToSrgb_AppliesAProfileAndNothingElse()
    {
        using var space = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3);
        using var bitmap = new SKBitmap(new SKImageInfo(4, 4, SKColorType.Rgba8888, SKAlphaType.Opaque, space));
        bitmap.Pixels = [.. Enumerable.Repeat(new SKColor(200, 100, 50), 16)];
        foreach (var format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg })
        {
            using var file = bitmap.Encode(format, 100);
            var stored = ImageFile.Decode(file.AsSpan());
            var srgb = ImageFile.Decode(file.AsSpan(), toSrgb: true);

            // Skia takes the colour for sRGB and stores it as P3, whose red goes further.
            Assert.InRange(stored.Pixels[0], 185, 189);
            for (var c = 0; c < 3; c++)
                Assert.InRange(srgb.Pixels[c], ((int[])[200, 100, 50])[c] - 3, ((int[])[200, 100, 50])[c] + 3);
        }

        foreach (var channels in new[] { 1, 3, 4 })
        {
            var png = ImageFile.EncodePng(TestImages.Noise(31, 17, channels));
            Assert.True(ImageFile.Decode(png, toSrgb: true).ContentEquals(ImageFile.Decode(png)));
        }

        var jpeg = TestImages.Jpeg(TestImages.Noise(31, 17, 3), 6);
        Assert.True(ImageFile.Decode(jpeg, toSrgb: true).ContentEquals(ImageFile.Decode(jpeg)));
    }

    // One block of one colour per component: a DC value and the end of the block, all Huffman codes of length 4 and 1.
    private static byte[] CmykJpeg(params int[] inks)
    {
        var bits = new System.Text.StringBuilder();
        foreach (var ink in inks)
        {
            var dc = 8 * (ink - 128);
            var size = dc == 0 ? 0 : (int)Math.Log2(Math.Abs(dc)) + 1;
            bits.Append(Convert.ToString(size, 2).PadLeft(4, '0'));
            if (size > 0)
                bits.Append(Convert.ToString(dc > 0 ? dc : dc + (1 << size) - 1, 2).PadLeft(size, '0'));
            bits.Append('0');
        }

        while (bits.Length % 8 != 0)
            bits.Append('1');
        var scan = bits.ToString().Chunk(8).Select(b => Convert.ToByte(new string(b), 2)).SelectMany(b => b == 255 ? [b, (byte)0] : new[] { b });
        return
        [
            0xFF, 0xD8,
            0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0,
            0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)1, 64),
            0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0,
            0xFF, 0xC4, 0, 31, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
            0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0,
            .. scan,
            0xFF, 0xD9,
        ];
    }
}

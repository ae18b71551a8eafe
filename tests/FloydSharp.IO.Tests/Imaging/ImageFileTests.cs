using System.Diagnostics;
using CsCheck;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using SkiaSharp;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class ImageFileTests(ITestOutputHelper output)
{
    [Fact]
    public void EncodePng_AnyPicture_DecodesToSame() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[0, 2].Select(i => new[] { 1, 3, 4 }[i]), Gen.Int, Gen.Int[0, 2].Select(i => new[] { 1, 17, 64 }[i])).Sample(
            (width, height, channels, seed, step) =>
            {
                var image = TestImages.Noise(width, height, channels, seed);
                for (var i = 0; i < image.Pixels.Length; i++)
                    image.Pixels[i] = (byte)(image.Pixels[i] / step * step); // flat areas, so that every filter is chosen somewhere
                return ImageFile.Decode(ImageFile.EncodePng(image)).ContentEquals(image);
            },
            iter: 300,
            threads: 2);

    [Fact]
    public void EncodePng_SmoothPicture_PacksWellAndDecodes()
    {
        var image = Smooth(256);
        var file = ImageFile.EncodePng(image);
        output.WriteLine($"{image}: {file.Length} bytes");
        Assert.True(file.Length < image.Pixels.Length / 5);
        Assert.True(ImageFile.Decode(file).ContentEquals(image));
    }

    [Fact]
    public void EncodePng_SameInput_SameBytes()
    {
        var image = TestImages.Noise(64, 48, 3);
        var text = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" };
        var reordered = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" };
        Assert.Equal(ImageFile.EncodePng(image, text), ImageFile.EncodePng(image.Copy(), reordered));
    }

    [Fact]
    public void EncodePng_MegapixelPicture_IsQuick()
    {
        var image = Smooth(1024);
        for (var i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] += (byte)(i * 7919 % 5); // grain, as photographs have
        ImageFile.EncodePng(image);
        var best = TimeSpan.MaxValue;
        var length = 0;
        for (var run = 0; run < 5; run++)
        {
            var watch = Stopwatch.StartNew();
            length = ImageFile.EncodePng(image).Length;
            best = best < watch.Elapsed ? best : watch.Elapsed;
        }

        output.WriteLine($"{image}: {best.TotalMilliseconds:F1} ms, {length} bytes");
        Assert.True(length < image.Pixels.Length);
        Assert.True(best < TimeSpan.FromSeconds(2), $"{best}"); // far above what it takes, for slow and busy machines
    }

    [Fact]
    public void Decode_JpegWithoutExif_IsCloseToPicture()
    {
        var image = Gradient(48, 32);
        var error = TestImages.LargestDifference(image, ImageFile.Decode(TestImages.Jpeg(image)));
        Assert.InRange(error, 0, 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Decode_ExifOrientation_TurnsUpright(int orientation)
    {
        // A quadrant of its own colour at each corner, in reading order.
        byte[][] colours = [[250, 10, 10], [10, 250, 10], [10, 10, 250], [250, 250, 10]];
        var image = new ImageBuffer(64, 32, 3);
        for (var y = 0; y < 32; y++)
        {
            for (var x = 0; x < 64; x++)
                colours[(y / 16 * 2) + (x / 32)].CopyTo(image.Row(y)[(x * 3)..]);
        }

        // Where each stored corner goes, by the EXIF standard's meaning of row 0 and column 0.
        int[] expected = orientation switch
        {
            1 => [0, 1, 2, 3], // top, left
            2 => [1, 0, 3, 2], // top, right
            3 => [3, 2, 1, 0], // bottom, right
            4 => [2, 3, 0, 1], // bottom, left
            5 => [0, 2, 1, 3], // left, top
            6 => [2, 0, 3, 1], // right, top
            7 => [3, 1, 2, 0], // right, bottom
            _ => [1, 3, 0, 2], // left, bottom
        };
        var upright = ImageFile.Decode(TestImages.Jpeg(image, orientation));
        Assert.Equal(orientation < 5 ? (64, 32) : (32, 64), (upright.Width, upright.Height));
        for (var corner = 0; corner < 4; corner++)
        {
            var x = (corner % 2 == 0 ? 1 : 3) * upright.Width / 4;
            var y = (corner < 2 ? 1 : 3) * upright.Height / 4;
            for (var c = 0; c < 3; c++)
                Assert.InRange(upright.Row(y)[(x * 3) + c], colours[expected[corner]][c] - 12, colours[expected[corner]][c] + 12);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Decode_LosslessWebp_IsExact(int channels)
    {
        var image = TestImages.Noise(33, 21, channels);
        for (var i = 3; channels == 4 && i < image.Pixels.Length; i += 4)
            image.Pixels[i] |= 1; // colours under full transparency need not survive
        Assert.True(ImageFile.Decode(TestImages.LosslessWebp(image)).ContentEquals(image));
    }

    [Fact]
    public void Decode_LowAlpha_KeepsColours()
    {
        var image = new ImageBuffer(2, 1, 4, [200, 100, 50, 1, 255, 254, 253, 0]);
        Assert.Equal(image.Pixels, ImageFile.Decode(ImageFile.EncodePng(image)).Pixels);
    }

    [Fact]
    public void Decode_Png16Bit_KeepsHighBytes()
    {
        var rgb = ImageFile.Decode(TestImages.Png(2, 1, 16, 2, [[1, 255, 2, 128, 3, 0, 254, 255, 127, 200, 0, 255]]));
        Assert.Equal("2x1 RGB", rgb.ToString());
        Assert.Equal([1, 2, 3, 254, 127, 0], rgb.Pixels);
        var grey = ImageFile.Decode(TestImages.Png(3, 1, 16, 0, [[1, 255, 100, 3, 254, 255]]));
        Assert.Equal([1, 100, 254], grey.ToGrey().Pixels);
        var rgba = ImageFile.Decode(TestImages.Png(1, 1, 16, 6, [[1, 255, 2, 128, 3, 0, 9, 255]]));
        Assert.Equal([1, 2, 3, 9], rgba.Pixels);
    }

    [Fact]
    public void Decode_GreyPng_StaysGrey()
    {
        var image = ImageFile.Decode(TestImages.Png(3, 1, 8, 0, [[0, 77, 255]]));
        Assert.Equal("3x1 grey", image.ToString());
        Assert.Equal([0, 77, 255], image.Pixels);
    }

    [Fact]
    public void Decode_OneBitPng_IsBlackAndWhite() =>
        Assert.Equal([255, 0, 255, 0, 0], ImageFile.Decode(TestImages.Png(5, 1, 1, 0, [[0b10100000]])).ToGrey().Pixels);

    [Fact]
    public void Decode_GreyWithAlpha_BecomesRgba() =>
        Assert.Equal([10, 10, 10, 128, 200, 200, 200, 3], ImageFile.Decode(TestImages.Png(2, 1, 8, 4, [[10, 128, 200, 3]])).Pixels);

    [Fact]
    public void Decode_Palette_IsExpanded()
    {
        byte[] palette = [1, 2, 3, 40, 50, 60, 255, 254, 253];
        var opaque = ImageFile.Decode(TestImages.Png(3, 1, 8, 3, [[2, 0, 1]], ("PLTE", palette)));
        Assert.Equal("3x1 RGB", opaque.ToString());
        Assert.Equal([255, 254, 253, 1, 2, 3, 40, 50, 60], opaque.Pixels);
        var transparent = ImageFile.Decode(TestImages.Png(3, 1, 2, 3, [[0b10000100]], ("PLTE", palette), ("tRNS", [9, 200])));
        Assert.Equal([255, 254, 253, 255, 1, 2, 3, 9, 40, 50, 60, 200], transparent.Pixels);
    }

    [Fact]
    public void Decode_Gamma_LeavesValuesAlone() =>
        Assert.Equal([10, 100, 200], ImageFile.Decode(TestImages.Png(1, 1, 8, 2, [[10, 100, 200]], ("gAMA", [0, 0, 0xB1, 0x8F]))).Pixels);

    [Fact]
    public void Decode_DeclaredTooLarge_ThrowsBeforeTakingMemory()
    {
        var bomb = TestImages.Png(60_000, 60_000, 1, 0, [new byte[7500]]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<FloydException>(() => ImageFile.Decode(bomb, "bomb.png"));
        Assert.Contains("60000x60000", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        var small = ImageFile.EncodePng(new ImageBuffer(10, 10, 1));
        Assert.Throws<FloydException>(() => ImageFile.Decode(small, maxPixels: 99));
        Assert.Equal(100, ImageFile.Decode(small, maxPixels: 100).Pixels.Length);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpeg")]
    [InlineData("webp")]
    public void Decode_CutShort_Throws(string format)
    {
        var image = TestImages.Noise(60, 60, 3);
        var file = format switch { "png" => ImageFile.EncodePng(image), "jpeg" => TestImages.Jpeg(image), _ => TestImages.LosslessWebp(image) };
        foreach (var length in new[] { 12, 20, 40, file.Length / 2, file.Length * 9 / 10 })
        {
            var error = Assert.Throws<FloydException>(() => ImageFile.Decode(file.AsSpan(0, length), "cut.img"));
            Assert.Contains("cut.img", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Decode_DamagedPixels_Throws()
    {
        var file = ImageFile.EncodePng(TestImages.Noise(60, 60, 3));
        file[file.Length / 2] ^= 0x55;
        Assert.Throws<FloydException>(() => ImageFile.Decode(file));
    }

    [Fact]
    public void Decode_FlippedBytes_ThrowsOnlyFloydException()
    {
        var image = TestImages.Noise(20, 20, 3);
        byte[][] files = [ImageFile.EncodePng(image), TestImages.Jpeg(image, 6), TestImages.LosslessWebp(image)];
        Gen.Select(Gen.Int[0, 2], Gen.Int[12, 1200], Gen.Byte, Gen.Int[12, 120], Gen.Byte).Sample(
            (which, first, one, second, other) =>
            {
                var bad = (byte[])files[which].Clone();
                bad[first % bad.Length] = one;
                bad[second % bad.Length] = other;
                try
                {
                    return ImageFile.Decode(bad, maxPixels: 100_000).Pixels.Length > 0;
                }
                catch (FloydException)
                {
                    return true;
                }
            },
            iter: 1000,
            threads: 2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello, this is a text file")]
    [InlineData("GIF89a\u0001\0\u0001\0\0\0\0;")]
    [InlineData("RIFF\u0010\0\0\0WAVEfmt ")]
    public void Decode_OtherFile_SaysWhatIsRead(string content)
    {
        var error = Assert.Throws<FloydException>(() => ImageFile.Decode(System.Text.Encoding.Latin1.GetBytes(content), "x.gif"));
        Assert.Contains("x.gif is not a PNG, JPEG or WebP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFileOrFolder_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in new[] { folder.File("missing.png"), folder.File("no/where.png"), folder.Path })
            Assert.Contains(path, Assert.Throws<FloydException>(() => ImageFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SavePng_ThenLoad_GivesSamePictureAndText()
    {
        using var folder = new TemporaryFolder();
        var image = TestImages.Noise(31, 17, 3);
        ImageFile.SavePng(folder.File("a.png"), image, new Dictionary<string, string> { ["seed"] = "42" });
        Assert.True(ImageFile.Load(folder.File("a.png")).ContentEquals(image));
        Assert.Equal("42", PngMetadata.Read(folder.File("a.png"))["seed"]);
        Assert.Equal(["a.png"], folder.Names);
    }

    [Fact]
    public void SavePng_ExistingFile_IsKeptUnlessAsked()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.png", [1, 2, 3]);
        var error = Assert.Throws<FloydException>(() => ImageFile.SavePng(path, new ImageBuffer(1, 1, 1)));
        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        ImageFile.SavePng(path, new ImageBuffer(1, 1, 1), overwrite: true);
        Assert.Equal("1x1 grey", ImageFile.Load(path).ToString());
        Assert.Equal(["a.png"], folder.Names);
    }

    [Fact]
    public void SavePng_ManyAtOnce_ExactlyOneWins()
    {
        using var folder = new TemporaryFolder();
        var saved = 0;
        Parallel.For(0, 8, i =>
        {
            try
            {
                ImageFile.SavePng(folder.File("a.png"), TestImages.Noise(40, 40, 3, i));
                Interlocked.Increment(ref saved);
            }
            catch (FloydException e) when (e.Message.Contains("exists already", StringComparison.Ordinal))
            {
            }
        });
        Assert.Equal(1, saved);
        Assert.Equal(["a.png"], folder.Names);
    }

    [Fact]
    public async Task SavePng_WhileBeingRead_IsAlwaysWhole()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.png");
        var images = new[] { TestImages.Noise(120, 120, 3, 1), TestImages.Noise(80, 50, 3, 2) };
        ImageFile.SavePng(path, images[0]);
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < 60; i++)
                    ImageFile.SavePng(path, images[i % 2], overwrite: true);
            },
            TestContext.Current.CancellationToken);
        var reads = 0;
        do
        {
            var seen = ImageFile.Load(path);
            Assert.Contains(images, seen.ContentEquals);
            reads++;
        }
        while (!writer.IsCompleted);
        await writer;
        output.WriteLine($"{reads} reads");
    }

    [Fact]
    public void SavePng_TextThatCannotBeStored_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FloydException>(() => ImageFile.SavePng(folder.File("a.png"), new ImageBuffer(1, 1, 1), new Dictionary<string, string> { [""] = "x" }));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void SavePng_MissingFolder_SaysCreateIt()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<FloydException>(() => ImageFile.SavePng(folder.File("no/a.png"), new ImageBuffer(1, 1, 1)));
        Assert.Contains("does not exist; create it", error.Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<FloydException>(() => ImageFile.SavePng(folder.Path, new ImageBuffer(1, 1, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SavePng_FolderNotWritable_SaysSo()
    {
        const string kernelFolder = "/sys/kernel"; // refuses new files even to the administrator
        Assert.SkipUnless(Directory.Exists(kernelFolder), "needs Linux");
        var error = Assert.Throws<FloydException>(() => ImageFile.SavePng(kernelFolder + "/a.png", new ImageBuffer(1, 1, 1)));
        Assert.Contains("Check that the folder is writable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EncodePng_SkiaDecoder_Agrees()
    {
        var image = TestImages.Noise(19, 23, 4);
        using var bitmap = SKBitmap.Decode(ImageFile.EncodePng(image), new SKImageInfo(19, 23, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        Assert.Equal(image.Pixels, bitmap.Bytes);
    }

    private static ImageBuffer Smooth(int side)
    {
        var image = new ImageBuffer(side, side, 3);
        for (var y = 0; y < side; y++)
        {
            var row = image.Row(y);
            for (var x = 0; x < row.Length; x++)
                row[x] = (byte)((Math.Sin(y / 20.0) * 60) + (Math.Cos(x / 50.0) * 60) + 124);
        }

        return image;
    }

    private static ImageBuffer Gradient(int width, int height)
    {
        var image = new ImageBuffer(width, height, 3);
        for (var i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)((i / 3 % width * 2) + (i / 3 / width * 3));
        return image;
    }
}

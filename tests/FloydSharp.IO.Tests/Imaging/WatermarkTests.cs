using CsCheck;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class WatermarkTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<GoldenCase>> Golden() =>
        GoldenCase.OfKind("IFWatermarker").Select(c => new TheoryDataRow<GoldenCase>(c));

    [Theory]
    [MemberData(nameof(Golden), DisableDiscoveryEnumeration = true)]
    public void Apply_Golden_IsExact(GoldenCase golden)
    {
        var sampleSize = golden.Json.GetProperty("sample_size").GetInt32();
        var size = golden.Name.Split('_')[1];
        var input = ImageFile.Load(golden.Folder.FileOf($"watermark_in_{size}.png"));
        var expected = ImageFile.Load(golden.Folder.FileOf($"watermark_out_{size}_{sampleSize}.png"));
        var checkpoint = golden.Folder.Checkpoint(golden.Json.GetProperty("checkpoint").GetString()!);
        var (shape, values) = PlainTensor.Read(Path.Combine(checkpoint, "diffusion_pytorch_model.safetensors"), "watermark_image");
        var mark = new ImageBuffer(shape[1], shape[0], shape[2], [.. values.Select(v => (byte)v)]);

        var actual = Watermark.Apply(input, mark, sampleSize);
        var error = TestImages.LargestDifference(expected, actual);
        output.WriteLine($"{golden}: largest error {error} levels");
        Assert.Equal(0, error);
    }

    [Fact]
    public void Apply_AnySize_KeepsShapeAndArgument() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 200], Gen.Int[0, 2].Select(i => new[] { 1, 3, 4 }[i]), Gen.Int[1, 1024])
            .Sample(
                (width, height, channels, sampleSize) =>
                {
                    var image = TestImages.Noise(width, height, channels);
                    var before = image.Copy();
                    var result = Watermark.Apply(image, TestImages.Noise(62, 62, 4), sampleSize);
                    return image.ContentEquals(before) && result.ToString() == image.ToString();
                },
                iter: 300,
                threads: 2);

    [Fact]
    public void Apply_ThousandPixelPicture_CopiesOpaqueMarkAtMargin14()
    {
        var mark = TestImages.Noise(62, 62, 4);
        for (var i = 3; i < mark.Pixels.Length; i += 4)
            mark.Pixels[i] = 255;
        var result = Watermark.Apply(new ImageBuffer(1024, 1024, 3), mark, 256);
        Assert.True(result.Crop(1024 - 14 - 62, 1024 - 14 - 62, 62, 62).ContentEquals(mark.ToRgb()));
        Assert.Equal(mark.ToRgb().Pixels.Sum(p => p), result.Pixels.Sum(p => p));
    }

    [Fact]
    public void Apply_GreyPicture_BlendsLuma()
    {
        var mark = new ImageBuffer(62, 62, 4);
        for (var i = 0; i < mark.Pixels.Length; i += 4)
            ((ReadOnlySpan<byte>)[10, 20, 30, 255]).CopyTo(mark.Pixels.AsSpan(i));
        var result = Watermark.Apply(new ImageBuffer(1024, 1024, 1), mark, 1024);
        Assert.Equal(18, result.Row(980)[980]);
    }

    [Fact]
    public void Apply_LongThinPicture_TakesNoMemoryForHiddenMark()
    {
        var image = TestImages.Noise(60_000, 1, 3);
        Assert.True(Watermark.Apply(image, new ImageBuffer(62, 62, 4), 1024).ContentEquals(image));
    }

    [Fact]
    public void Apply_MarkWithoutAlpha_Throws() =>
        Assert.Throws<ArgumentException>(() => Watermark.Apply(new ImageBuffer(64, 64, 3), new ImageBuffer(62, 62, 3), 64));
}

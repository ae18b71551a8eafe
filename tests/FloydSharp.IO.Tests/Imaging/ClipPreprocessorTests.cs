using CsCheck;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class ClipPreprocessorTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<GoldenCase>> Golden() =>
        GoldenCase.OfKind("IFSafetyChecker").Select(c => new TheoryDataRow<GoldenCase>(c));

    [Theory]
    [MemberData(nameof(Golden), DisableDiscoveryEnumeration = true)]
    public void Preprocess_Golden_AgreesTo1e5(GoldenCase golden)
    {
        var model = golden.Folder.Checkpoint(Path.GetDirectoryName(golden.Json.GetProperty("checkpoint").GetString())!);
        var config = ClipPreprocessorConfig.Load(Path.Combine(model, "feature_extractor", "preprocessor_config.json"));
        var count = golden.Json.GetProperty("nsfw").GetArrayLength();
        Assert.True(count > 0);
        for (var i = 0; i < count; i++)
        {
            var (shape, expected) = PlainTensor.Read(golden.TensorFile, $"pixel_values{i}");
            Assert.Equal([1, 3, config.CropHeight, config.CropWidth], shape);
            var actual = ClipPreprocessor.Preprocess(ImageFile.Load(golden.Folder.FileOf($"safety_in_{i}.png")), config);
            Assert.Equal(expected.Length, actual.Length);
            var error = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
            output.WriteLine($"{golden} {i}: largest error {error}");
            Assert.InRange(error, 0, 1e-5f);
        }
    }

    [Fact]
    public void Preprocess_SmallerThanCrop_IsCentredOnZeros()
    {
        var config = new ClipPreprocessorConfig { ShortestEdge = 2, CropHeight = 5, CropWidth = 5, Mean = [0, 0, 0], Std = [1, 1, 1] };
        var image = new ImageBuffer(2, 2, 1, [255, 255, 255, 255]);
        var red = ClipPreprocessor.Preprocess(image, config)[..25];
        for (var i = 0; i < 25; i++)
            Assert.Equal(i / 5 is 1 or 2 && i % 5 is 1 or 2 ? 1f : 0f, red[i], 1e-6f);
    }

    [Fact]
    public void Preprocess_AnySize_GivesCropSizeAndConstantStaysConstant() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300], Gen.Byte, Gen.Int[1, 40], Gen.Int[1, 40]).Sample(
            (width, height, level, cropHeight, cropWidth) =>
            {
                var config = new ClipPreprocessorConfig { ShortestEdge = 40, CropHeight = cropHeight, CropWidth = cropWidth, Mean = [0, 0, 0], Std = [1, 1, 1] };
                var image = new ImageBuffer(width, height, 3);
                image.Pixels.AsSpan().Fill(level);
                var values = ClipPreprocessor.Preprocess(image, config);
                return values.Length == 3 * cropHeight * cropWidth && values.All(v => Math.Abs(v - (level / 255f)) < 1e-6f);
            },
            iter: 200,
            threads: 2);

    [Fact]
    public void Preprocess_TooLongAndThin_SaysSo()
    {
        var error = Assert.Throws<FloydException>(() => ClipPreprocessor.Preprocess(new ImageBuffer(1, 2_000_000, 1), new ClipPreprocessorConfig()));
        Assert.Contains("long and thin", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"size": 7, "crop_size": 5}""", 7, null, null, 5, 5)]
    [InlineData("""{"size": {"shortest_edge": 9}, "crop_size": {"height": 3, "width": 4}}""", 9, null, null, 3, 4)]
    [InlineData("""{"size": {"height": 6, "width": 8}}""", null, 6, 8, 224, 224)]
    [InlineData("""{}""", 224, null, null, 224, 224)]
    public void Parse_SizeForms_AreUnderstood(string json, int? edge, int? height, int? width, int cropHeight, int cropWidth)
    {
        var config = ClipPreprocessorConfig.Parse(json);
        Assert.Equal((edge, height, width), (config.ShortestEdge, config.ResizeHeight, config.ResizeWidth));
        Assert.Equal((cropHeight, cropWidth), (config.CropHeight, config.CropWidth));
    }

    [Fact]
    public void Parse_Numbers_AreRead()
    {
        var config = ClipPreprocessorConfig.Parse("""{"resample": 2, "rescale_factor": 0.5, "image_mean": [1, 2, 3], "image_std": [4, 5, 6], "do_convert_rgb": true, "_processor_class": "X"}""");
        Assert.Equal((ResampleFilter.Bilinear, 0.5), (config.Resample, config.RescaleFactor));
        Assert.Equal([1, 2, 3], config.Mean);
        Assert.Equal([4, 5, 6], config.Std);
    }

    [Theory]
    [InlineData("""{"resample": 9}""", "resample")]
    [InlineData("""{"resample": 1}""", "resample")]
    [InlineData("""{"resample": "bicubic"}""", "resample")]
    [InlineData("""{"size": {"longest_edge": 9}}""", "longest_edge")]
    [InlineData("""{"size": {"height": 9}}""", "height and width")]
    [InlineData("""{"size": "big"}""", "size")]
    [InlineData("""{"size": 0}""", "shortest_edge")]
    [InlineData("""{"crop_size": {"height": 9}}""", "crop_size.width")]
    [InlineData("""{"crop_size": 100000}""", "crop_size")]
    [InlineData("""{"do_normalize": false}""", "do_normalize")]
    [InlineData("""{"do_flip_channel_order": true}""", "do_flip_channel_order")]
    [InlineData("""{"image_processor_type": "ViTImageProcessor"}""", "ViTImageProcessor")]
    [InlineData("""{"image_mean": [1, 2]}""", "image_mean")]
    [InlineData("""{"image_std": [1, 0, 2]}""", "image_std")]
    [InlineData("""{"rescale_factor": 0}""", "rescale_factor")]
    [InlineData("""[1]""", "JSON")]
    [InlineData("""null""", "JSON")]
    [InlineData("""{"size": """, "JSON")]
    public void Parse_Unsupported_FailsByName(string json, string named)
    {
        var error = Assert.Throws<FloydException>(() => ClipPreprocessorConfig.Parse(json, "x/preprocessor_config.json"));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("x/preprocessor_config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_SaysWhich()
    {
        var error = Assert.Throws<FloydException>(() => ClipPreprocessorConfig.Load("no/such/preprocessor_config.json"));
        Assert.Contains("no/such/preprocessor_config.json", error.Message, StringComparison.Ordinal);
    }
}

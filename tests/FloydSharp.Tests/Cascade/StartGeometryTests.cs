using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

/// <summary>People's pictures of any size through a cascade and back.</summary>
public sealed class StartGeometryTests : IDisposable
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    private readonly IFCascade _cascade = IFCascade.Open(new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II"), SafetyChecker = false });
    private readonly IFCascade _enlarger = IFCascade.Open(new() { Stage2 = Mini.Checkpoint("if-II"), SafetyChecker = false, Watermark = false });
    private readonly PromptEmbeddings _embeddings = Embeddings();

    public void Dispose()
    {
        _cascade.Dispose();
        _enlarger.Dispose();
        _embeddings.Dispose();
    }

    [Theory]
    [InlineData(8, 9, 3, PictureFitMode.Fit)]
    [InlineData(9, 131, 4, PictureFitMode.Fit)]
    [InlineData(301, 17, 1, PictureFitMode.Pad)]
    [InlineData(1021, 643, 3, PictureFitMode.Pad)]
    [InlineData(77, 203, 4, PictureFitMode.Fit)]
    public void Inpainting_AnyPicture_ChangesNothingOutsideTheMask(int width, int height, int channels, PictureFitMode fit)
    {
        var picture = Noise(width, height, channels);
        foreach (var onlyMasked in new[] { false, true })
        {
            var mask = new ImageBuffer(width, height, 1);
            for (var y = height / 3; y < (height / 3) + Math.Max(2, height / 4); y++)
                mask.Row(y)[(width / 2)..(width / 2 + Math.Max(2, width / 5))].Fill(255);

            var made = Make(CascadeRequest.Inpaint(picture, mask) with { Start = new CascadeStart.Inpainting(picture, mask) { Fit = fit, OnlyMasked = onlyMasked } });

            Assert.Equal((width, height, channels == 4 ? 4 : 3), (made.Width, made.Height, made.Channels));
            var before = channels == 1 ? picture.ToRgb() : picture;
            var changed = 0;
            for (var i = 0; i < mask.Pixels.Length; i++)
            {
                var isSame = before.Pixels.AsSpan(i * made.Channels, made.Channels).SequenceEqual(made.Pixels.AsSpan(i * made.Channels, made.Channels));
                Assert.True(isSame || mask.Pixels[i] == 255, $"pixel {i} changed");
                changed += isSame ? 0 : 1;
            }

            Assert.True(changed > mask.Pixels.Count(p => p == 255) / 2, $"{changed} pixels changed");
        }
    }

    [Fact]
    public void Inpainting_FullMask_RepaintsEverything()
    {
        var picture = Noise(61, 45, 4);
        var mask = new ImageBuffer(61, 45, 1);
        mask.Pixels.AsSpan().Fill(255);

        var made = Make(CascadeRequest.Inpaint(picture, mask));

        Assert.Equal("61x45 RGBA", made.ToString());
        Assert.All(Enumerable.Range(0, 61 * 45), i => Assert.Equal(255, made.Pixels[(i * 4) + 3]));
        Assert.True(Enumerable.Range(0, 61 * 45).Count(i => !picture.Pixels.AsSpan(i * 4, 3).SequenceEqual(made.Pixels.AsSpan(i * 4, 3))) > 61 * 40);
    }

    [Fact]
    public void Inpainting_StagesThatMadeWhite_ShowsFeatheredEdges()
    {
        var start = new CascadeStart.Inpainting(new(40, 40, 3), Box(40, 10, 20)) { Feather = 3 };
        var frame = new StartFrame(start, new((32, 32), (64, 64)), 2, 1);
        var white = new ImageBuffer(64, 64, 3);
        white.Pixels.AsSpan().Fill(255);

        var made = frame.Finish([new(white, null, null)], pictures => pictures)[0].Image;

        Assert.Equal([0, 64, 128, 191, 255, 255], Enumerable.Range(9, 6).Select(x => made.Row(20)[x * 3]));
        Assert.Equal(0, made.Row(30)[60]);
    }

    [Theory]
    [InlineData(101, 67, PictureFitMode.Fit)]
    [InlineData(67, 101, PictureFitMode.Pad)]
    [InlineData(8, 1023, PictureFitMode.Fit)]
    public void Variation_WithScale_IsThatTimesThePicture(int width, int height, PictureFitMode fit)
    {
        var picture = Noise(width, height, 4);

        var half = Make(CascadeRequest.Vary(picture) with { Start = new CascadeStart.Variation(picture) { Fit = fit, Scale = 1 } });
        var own = Make(CascadeRequest.Vary(picture) with { Start = new CascadeStart.Variation(picture) { Fit = fit, KeepAlpha = false } });

        Assert.Equal((width, height, 4), (half.Width, half.Height, half.Channels));
        for (var i = 3; i < picture.Pixels.Length; i += 4)
            Assert.Equal(picture.Pixels[i], half.Pixels[i]);
        Assert.Equal(3, own.Channels);
        Assert.InRange(Math.Abs(((double)own.Width * height) - ((double)own.Height * width)), 0, 0.5 * (width + height));
    }

    [Fact]
    public void Variation_Cropped_ShowsWhatIsLeft()
    {
        var picture = Noise(101, 67, 3);

        var made = Make(CascadeRequest.Vary(picture) with { Start = new CascadeStart.Variation(picture) { Fit = PictureFitMode.Crop, Scale = 2 } });

        Assert.True(made.Width == 202 ^ made.Height == 134, made.ToString());
        Assert.True(made.Width <= 202 && made.Height <= 134);
    }

    [Theory]
    [InlineData(8, 9, 4, null)]
    [InlineData(9, 31, 2, null)]
    [InlineData(1, 1, 4, 0)]
    [InlineData(45, 23, 2, 16)]
    [InlineData(33, 57, 4, 16)]
    public void Enlargement_AnySize_IsExactlyTheScaleTimesThePicture(int width, int height, int scale, int? tile)
    {
        var picture = Noise(width, height, 4);

        var request = CascadeRequest.Upscale(picture, 2) with { Start = new CascadeStart.Enlargement(picture, 2) { Scale = scale, TileSide = tile } };
        var made = Make(request, _enlarger);
        var again = Make(request, _enlarger);

        Assert.Equal((width * scale, height * scale, 4), (made.Width, made.Height, made.Channels));
        Assert.True(made.ContentEquals(again));
    }

    [Fact]
    public void Enlargement_InTiles_ReportsAllStepsAndMakesPicturesOfTheirOwn()
    {
        var picture = Noise(45, 23, 3);
        List<CascadeEvent.Stepped> steps = [];
        using var result = _enlarger.Generate(
            Request(CascadeRequest.Upscale(picture, 2) with { Start = new CascadeStart.Enlargement(picture, 2) { TileSide = 16 }, ImageSeeds = [4, 5, 4], ImagesPerPrompt = 3 }),
            new Recorder(e => steps.AddRange(e is CascadeEvent.Stepped s ? [s with { Step = s.Step with { Sample = null!, PredictedClean = null! } }] : [])),
            TestContext.Current.CancellationToken);

        // Tiles begin at 0, 12, 24 and 36, and at 0 and 12.
        Assert.Equal(Enumerable.Range(0, 16), steps.Select(s => s.Step.Step));
        Assert.All(steps, s => Assert.Equal(16, s.Step.StepCount));
        Assert.Equal([3, 3, 0, 0], result.Stages[0].Images.shape);
        var images = result.Pictures.Select(p => p.Picture.Image).ToArray();
        Assert.InRange(LargestDifference(images[0], images[2]), 0, 1);
        Assert.InRange(LargestDifference(images[0], images[1]), 20, 255);
    }

    [Fact]
    public void Enlargement_InTiles_LeaksNothing()
    {
        var picture = Noise(45, 23, 3);
        TensorAssert.NoLeaks(() => Make(CascadeRequest.Upscale(picture, 2) with { Start = new CascadeStart.Enlargement(picture, 2) { TileSide = 16 } }, _enlarger));
        TensorAssert.NoLeaks(() =>
        {
            using var cancellation = new CancellationTokenSource();
            var request = Request(CascadeRequest.Upscale(picture, 2) with { Start = new CascadeStart.Enlargement(picture, 2) { TileSide = 16 } });
            Assert.Throws<OperationCanceledException>(() => _enlarger.Generate(request, new Recorder(e => cancellation.Cancel()), cancellation.Token));
        });
    }

    [Fact]
    public void Enlargement_StageThreeInTiles_IsWholeAndLeaksNothing()
    {
        var (tokenizer, full) = (Mini.Tokenizer("clip"), GoldenFolder.All.FirstOrDefault(f => f.HasWholeVocabulary));
        Assert.SkipWhen(tokenizer is null || full is null, "Needs the tokenizer and a checkpoint with its vocabulary.");
        var picture = Noise(41, 19, 3);
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = IFCascade.Open(new() { Stage3 = full.Checkpoint("x4"), ClipTokenizerFolder = tokenizer });
            using var result = cascade.Generate(
                CascadeRequest.Upscale(picture, 3) with { Start = new CascadeStart.Enlargement(picture, 3) { TileSide = 16, Scale = 2 }, Stage3 = new() { NumInferenceSteps = 1 } },
                null,
                TestContext.Current.CancellationToken);

            Assert.Equal("82x38 RGB", result.Pictures[0].Picture.Image.ToString());
            Assert.Equal((82, 38), (result.Pictures[0].Info.Width, result.Pictures[0].Info.Height));
        });
    }

    [Fact]
    public void TileNoise_NeighbouringTiles_DrawTheSameWhereTheyOverlap()
    {
        using var run = new CascadeRun(0, new() { Seed = 3 }, new((0, 0), (0, 0)), null, new(), [1], null);
        using var left = new TileNoise(run, 2, new(0, 12, 16, 13), 4);
        using var right = new TileNoise(run, 2, new(12, 12, 14, 13), 4);
        using var other = new TileNoise(run, 3, new(12, 12, 14, 13), 4);
        for (var draw = 0; draw < 2; draw++)
        {
            using var scope = NewDisposeScope();
            var one = left.Draw([2, 3, 26, 32], ScalarType.Float32, CPU);
            var two = right.Draw([2, 3, 26, 28], ScalarType.Float32, CPU);
            var three = other.Draw([2, 3, 26, 28], ScalarType.Float32, CPU);

            Assert.Equal(0, TensorAssert.MaxAbsoluteError(one.narrow(3, 24, 8), two.narrow(3, 0, 8)));
            Assert.True(TensorAssert.MaxAbsoluteError(two, three) > 1);
            Assert.InRange(one.std().item<float>(), 0.95, 1.05);
        }
    }

    private ImageBuffer Make(CascadeRequest request, IFCascade? cascade = null)
    {
        using var result = (cascade ?? _cascade).Generate(Request(request), null, TestContext.Current.CancellationToken);
        Assert.Equal((result.Pictures[0].Picture.Image.Width, result.Pictures[0].Picture.Image.Height), (result.Pictures[0].Info.Width, result.Pictures[0].Info.Height));
        return result.Pictures[0].Picture.Image;
    }

    private CascadeRequest Request(CascadeRequest request) => request with
    {
        Prompts = [],
        Embeddings = _embeddings,
        Seed = 7,
        Stage1 = request.Stage1 with { NumInferenceSteps = 2 },
        Stage2 = request.Stage2 with { NumInferenceSteps = 2 },
    };

    private static ImageBuffer Noise(int width, int height, int channels)
    {
        var image = new ImageBuffer(width, height, channels);
        new Random(width).NextBytes(image.Pixels);
        return image;
    }

    private static int LargestDifference(ImageBuffer one, ImageBuffer two) => one.Pixels.Zip(two.Pixels, (a, b) => Math.Abs(a - b)).Max();

    private static ImageBuffer Box(int side, int start, int size)
    {
        var mask = new ImageBuffer(side, side, 1);
        for (var y = start; y < start + size; y++)
            mask.Row(y).Slice(start, size).Fill(255);
        return mask;
    }

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""]);
    }

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => record(value);
    }
}

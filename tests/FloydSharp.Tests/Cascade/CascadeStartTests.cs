using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class CascadeStartTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    [Fact]
    public void Requests_Defaults_AreTheReferences()
    {
        var vary = CascadeRequest.Vary(Picture(), "a");
        var inpaint = CascadeRequest.Inpaint(Picture(), Mask(), "a");
        var upscale = CascadeRequest.Upscale(Picture(), 2);

        Assert.Equal((80, 10.0, 50, 4.0, 250), Numbers(vary));
        Assert.Equal((50, 7.0, 100, 4.0, 0), Numbers(inpaint));
        Assert.Equal((50, 4.0, 250), (upscale.Stage2.NumInferenceSteps, upscale.Stage2.GuidanceScale, upscale.Stage2.NoiseLevel));
        Assert.Equal([""], upscale.Prompts);
        var variation = Assert.IsType<CascadeStart.Variation>(vary.Start);
        var inpainting = Assert.IsType<CascadeStart.Inpainting>(inpaint.Start);
        Assert.Equal((0.7, 0.8, 1.0, 0.8), (variation.Stage1Strength, variation.Stage2Strength, inpainting.Stage1Strength, inpainting.Stage2Strength));

        static (int, double, int, double, int) Numbers(CascadeRequest r) =>
            (r.Stage1.NumInferenceSteps, r.Stage1.GuidanceScale, r.Stage2.NumInferenceSteps, r.Stage2.GuidanceScale, r.Stage2.NoiseLevel);
    }

    [Fact]
    public void Generate_Variation_IsWhatThePipelinesMake()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(Options(1, 2));
        var request = Short(CascadeRequest.Vary(Picture(), "a test"), embeddings);

        using var result = cascade.Generate(request, null, TestContext.Current.CancellationToken);

        // The shorter side is stage I's; 100x70 is 1.43 times as wide.
        var width = (int)result.Stages[0].Images.shape[3];
        Assert.Equal([1, 3, 32, width], result.Stages[0].Images.shape);
        Assert.InRange(width, 44, 48);
        using var first = IFImg2ImgPipeline.Load(Mini.Checkpoint("if-I"));
        using var second = IFImg2ImgSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
        using var noise = NoiseSource.FromSeed(request.Seed);
        using var image = ImageTensors.FromImages([Resampler.Resize(Picture(), width, 32, ResampleFilter.Bicubic)]);
        using var large = ImageTensors.FromImages([Resampler.Resize(Picture(), 2 * width, 64, ResampleFilter.Bicubic)]);
        using var small = first.Generate(image, embeddings, noise, new() { NumInferenceSteps = 3 }, null, TestContext.Current.CancellationToken);
        using var expected = second.Generate(small, large, embeddings, noise, new() { NumInferenceSteps = 3 }, null, TestContext.Current.CancellationToken);
        TensorAssert.Close(expected, result.Stages[1].Images, 0, output, "variation");
        var info = result.Pictures[0].Info;
        Assert.Equal("variation", info.Start);
        Assert.Equal([0.7, 0.8], info.Stages.Select(s => s.Strength));
        Assert.Equal([3, 3], info.Stages.Select(s => s.Steps));
    }

    [Fact]
    public void Generate_Inpainting_KeepsBothStagesOutsideTheMask()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(Options(1, 2));
        var picture = new ImageBuffer(64, 64, 3);
        new Random(1).NextBytes(picture.Pixels);
        var mask = new ImageBuffer(64, 64, 1);
        for (var y = 0; y < 64; y++)
            mask.Row(y)[..32].Fill(255);
        var request = Short(CascadeRequest.Inpaint(picture, mask, "a test"), embeddings) with { ImagesPerPrompt = 2 };

        using var result = cascade.Generate(request, null, TestContext.Current.CancellationToken);

        using var scope = NewDisposeScope();
        foreach (var stage in result.Stages)
        {
            var side = stage.Images.shape[3];
            var original = ImageTensors.FromImages([PictureFit.Cover(picture, (int)side, (int)side)]);
            // The resized mask's edge is half way, and rounds to the nearest pixel or so.
            var (kept, painted) = ((side / 2) + 2, (side / 2) - 2);
            for (var i = 0; i < 2; i++)
            {
                var one = stage.Images.narrow(0, i, 1);
                Assert.Equal(0, TensorAssert.MaxAbsoluteError(original.narrow(3, kept, side - kept), one.narrow(3, kept, side - kept)));
                Assert.True(TensorAssert.MaxAbsoluteError(original.narrow(3, 0, painted), one.narrow(3, 0, painted)) > 0.1);
            }
        }
    }

    [Fact]
    public void Generate_EnlargementAtStageTwo_IsWhatThePipelineMakes()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(Options(2));
        var picture = PictureFit.Middle(Picture(), 25, 16);
        var request = Short(CascadeRequest.Upscale(picture, 2, "a test") with { Start = new CascadeStart.Enlargement(picture, 2) { TileSide = 0 } }, embeddings);
        List<CascadeEvent> events = [];

        using var result = cascade.Generate(request, new Recorder(events.Add), TestContext.Current.CancellationToken);

        // Without stage I the factor is 4.
        Assert.Equal([1, 3, 64, 100], result.Stages[0].Images.shape);
        using var pipeline = IFSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
        using var noise = NoiseSource.FromSeed(request.Seed);
        using var image = ImageTensors.FromImages([picture]);
        using var expected = pipeline.Generate(
            image, embeddings, noise, new() { NumInferenceSteps = 3, Width = 100, Height = 64 }, null, TestContext.Current.CancellationToken);
        TensorAssert.Close(expected, result.Stages[0].Images, 0, output, "enlargement");
        Assert.Equal(2, result.Stages[0].Stage);
        Assert.Equal("enlargement", result.Pictures[0].Info.Start);
        Assert.DoesNotContain(events.OfType<CascadeEvent.PhaseStarted>(), e => e.Stage is 0 or 1);
    }

    [Fact]
    public void Generate_EnlargementAtStageThree_NeedsNoOtherStage()
    {
        var tokenizer = Mini.Tokenizer("clip");
        var full = GoldenFolder.All.FirstOrDefault(f => f.HasWholeVocabulary);
        Assert.SkipWhen(tokenizer is null || full is null, "Needs the tokenizer and a checkpoint with its vocabulary.");
        using var cascade = IFCascade.Open(new() { Stage3 = full.Checkpoint("x4"), ClipTokenizerFolder = tokenizer });
        var picture = new ImageBuffer(19, 16, 4);

        using var result = cascade.Generate(
            CascadeRequest.Upscale(picture, 3) with { ImagesPerPrompt = 2, Stage3 = new() { NumInferenceSteps = 1 } }, null, TestContext.Current.CancellationToken);

        Assert.Equal([3], result.Stages.Select(s => s.Stage));
        Assert.Equal([2, 3], result.Stages[0].Images.shape[..2]);
        Assert.Equal((76, 64), (result.Pictures[0].Info.Width, result.Pictures[0].Info.Height));
    }

    [Fact]
    public void Generate_VariationCancelled_LeavesNothingInMemory()
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = IFCascade.Open(Options(1, 2));
            using var cancellation = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => cascade.Generate(Short(CascadeRequest.Vary(Picture(), "a test"), embeddings), new Recorder(e =>
            {
                if (e is CascadeEvent.Stepped { Stage: 2 })
                    cancellation.Cancel();
            }), cancellation.Token));
            Assert.Empty(cascade.LoadedComponents);
        });
    }

    [Fact]
    public void Generate_VariationAndInpainting_LeakNothing()
    {
        using var embeddings = Embeddings();
        TensorAssert.NoLeaks(() =>
        {
            using var cascade = IFCascade.Open(Options(1, 2));
            cascade.Generate(Short(CascadeRequest.Vary(Picture(), "a test"), embeddings), null, TestContext.Current.CancellationToken).Dispose();
            cascade.Generate(Short(CascadeRequest.Inpaint(Picture(), Mask(), "a test"), embeddings), null, TestContext.Current.CancellationToken).Dispose();
        });
    }

    public static TheoryData<string, string> Impossible => new()
    {
        { "strength", "strength" },
        { "stage", "stage is 4" },
        { "mask", "picture's shape" },
        { "no step", "Stage I: " },
        { "no step at stage II", "Stage II: " },
        { "empty mask", "marks nothing" },
        { "cut mask", "cut off" },
        { "feather", "feathered edge" },
        { "margin", "margin" },
        { "scale", "must lie above 0" },
        { "huge", "million pixels" },
        { "thin", "too long and thin" },
        { "enlargement", "2 times larger; give 2" },
        { "tile", "at least 16" },
        { "no stage III", "no stage III" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Generate_WhatCannotBe_FailsBeforeLoading(string what, string part)
    {
        using var cascade = IFCascade.Open(Options(1, 2));
        using var embeddings = Embeddings();
        var request = Short(what switch
        {
            "strength" => CascadeRequest.Vary(Picture()) with { Start = new CascadeStart.Variation(Picture()) { Stage2Strength = 1.5 } },
            "stage" => CascadeRequest.Upscale(Picture(), 4),
            "mask" => CascadeRequest.Inpaint(Picture(), new ImageBuffer(70, 100, 1)),
            "no step" => CascadeRequest.Vary(Picture()) with { Start = new CascadeStart.Variation(Picture()) { Stage1Strength = 0.1 } },
            "no step at stage II" => CascadeRequest.Vary(Picture()) with { Start = new CascadeStart.Variation(Picture()) { Stage2Strength = 0.1 } },
            "empty mask" => CascadeRequest.Inpaint(Picture(), new ImageBuffer(100, 70, 1)),
            "cut mask" => CascadeRequest.Inpaint(new(200, 40, 3), Full(200, 40)) with { Start = new CascadeStart.Inpainting(new(201, 40, 3), Full(201, 40)) { Fit = PictureFitMode.Crop } },
            "feather" => CascadeRequest.Inpaint(Picture(), Mask()) with { Start = new CascadeStart.Inpainting(Picture(), Mask()) { Feather = -1 } },
            "margin" => CascadeRequest.Inpaint(Picture(), Mask()) with { Start = new CascadeStart.Inpainting(Picture(), Mask()) { Margin = -1 } },
            "scale" => CascadeRequest.Vary(Picture()) with { Start = new CascadeStart.Variation(Picture()) { Scale = 0 } },
            "huge" => CascadeRequest.Vary(Picture()) with { Start = new CascadeStart.Variation(new(2000, 1000, 3)) { Scale = 64 } },
            "thin" => CascadeRequest.Vary(new ImageBuffer(100_000, 1, 3)),
            "enlargement" => CascadeRequest.Upscale(Picture(), 2) with { Start = new CascadeStart.Enlargement(Picture(), 2) { Scale = 16 } },
            "tile" => CascadeRequest.Upscale(Picture(), 2) with { Start = new CascadeStart.Enlargement(Picture(), 2) { TileSide = 15 } },
            _ => CascadeRequest.Upscale(Picture(), 3),
        }, embeddings);

        var error = Assert.Throws<FloydException>(() => cascade.Generate(
            request, new Recorder(e => Assert.Fail($"{e} came before the check.")), TestContext.Current.CancellationToken));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_TextWithoutStageOne_Throws()
    {
        using var cascade = IFCascade.Open(Options(2));

        var error = Assert.Throws<FloydException>(() => cascade.Generate(new() { Prompts = ["a"] }, null, TestContext.Current.CancellationToken));

        Assert.Contains("no stage I,", error.Message, StringComparison.Ordinal);
    }

    private static CascadeOptions Options(params int[] stages) => new()
    {
        Stage1 = stages.Contains(1) ? Mini.Checkpoint("if-I") : null,
        Stage2 = stages.Contains(2) ? Mini.Checkpoint("if-II") : null,
    };

    private static ImageBuffer Picture() => ImageFile.Load(Mini.FileOf("resize_in.png"));

    private static ImageBuffer Mask() => ImageFile.Load(Mini.FileOf("mask.png"));

    private static ImageBuffer Full(int width, int height)
    {
        var mask = new ImageBuffer(width, height, 1);
        mask.Pixels.AsSpan().Fill(255);
        return mask;
    }

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""]);
    }

    private static CascadeRequest Short(CascadeRequest request, PromptEmbeddings embeddings) => request with
    {
        Prompts = [],
        Embeddings = embeddings,
        Seed = 7,
        Stage1 = request.Stage1 with { NumInferenceSteps = 3 },
        Stage2 = request.Stage2 with { NumInferenceSteps = 3 },
    };

    private sealed class Recorder(Action<CascadeEvent> record) : IProgress<CascadeEvent>
    {
        public void Report(CascadeEvent value) => record(value);
    }
}

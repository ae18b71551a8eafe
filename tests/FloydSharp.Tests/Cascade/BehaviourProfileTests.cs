using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Cascade;

public sealed class BehaviourProfileTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];
    private static readonly ImageBuffer Grey = new(64, 64, 3);

    // Cleaning, first timesteps (stages I and II, of the schedule), seeds, hand-over, safety, watermark at stage III.
    public static TheoryData<string, bool, int, int, bool, bool, bool, bool> Differences => new()
    {
        { "floyd", true, 999, 999, false, false, true, true },
        { "deepfloyd", true, 999, 999, true, false, true, true },
        { "diffusers-notebook", false, 990, 980, false, false, false, true },
        { "diffusers-call", true, 990, 980, false, true, true, false },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void ApplyTo_TextToImage_SetsEveryKnownDifference(
        string name, bool clean, int first1, int first2, bool reseed, bool pictures, bool safety, bool mark3)
    {
        var profile = BehaviourProfile.Find(name.ToUpperInvariant());
        var request = profile.ApplyTo(new CascadeRequest { Prompts = ["a"], Seed = 5 });
        var options = profile.ApplyTo(new CascadeOptions { Stage1 = "one" });

        Assert.Equal((name, "a", 5), (request.Profile, request.Prompts[0], request.Seed));
        Assert.Equal((clean, reseed, pictures), (request.CleanCaption, request.ReseedStages, request.HandOverPictures));
        Assert.Equal((safety, mark3, "one"), (options.SafetyChecker, options.Stage3Watermark, options.Stage1));
        Assert.Equal(name == "deepfloyd" ? SafetyRule.DeepFloyd : SafetyRule.Diffusers, options.SafetyRule);
        Assert.Equal((first1, first2), (First(request.Stage1), First(request.Stage2)));
        Assert.Equal((7.0, 4.0, 250), (request.Stage1.GuidanceScale, request.Stage2.GuidanceScale, request.Stage2.NoiseLevel));
    }

    [Fact]
    public void Generate_WithFreshNoise_NoisesTheSmallPictureAtEachStepForBothHalves()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        using var embeddings = new PromptEmbeddings(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone());
        using var pipeline = IFSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
        using var small = zeros(1, 3, 16, 16);
        List<string> once = Draws(fresh: false), fresh = Draws(fresh: true);

        // The sample, what stands beside it, and the noise of all steps but the last.
        Assert.Equal("1 1 1 1", string.Join(' ', once));
        Assert.Equal("1 2 1 2 1 2", string.Join(' ', fresh));

        List<string> Draws(bool fresh)
        {
            using var source = new CountingNoise();
            pipeline.Generate(small, embeddings, source, new() { NumInferenceSteps = 3, Width = 64, Height = 64, FreshNoise = fresh }, null, TestContext.Current.CancellationToken).Dispose();
            return source.Rows;
        }
    }

    private sealed class CountingNoise : INoiseSource, IDisposable
    {
        private readonly NoiseSource _noise = NoiseSource.FromSeed(1);

        public List<string> Rows { get; } = [];

        public Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
        {
            Rows.Add($"{shape[0]}");
            return _noise.Draw(shape, dtype, device);
        }

        public void Dispose() => _noise.Dispose();
    }

    [Fact]
    public void ApplyTo_DeepFloyd_HasTheOriginalsTimestepsAndUpscaler()
    {
        var text = BehaviourProfile.DeepFloyd.ApplyTo(new CascadeRequest());
        var vary = BehaviourProfile.DeepFloyd.ApplyTo(CascadeRequest.Vary(Grey, "a"));
        var inpaint = BehaviourProfile.DeepFloyd.ApplyTo(CascadeRequest.Inpaint(Grey, Grey, "a"));

        Assert.Equal(150, text.Stage1.Timesteps!.Count);
        Assert.Equal(TimestepPresets.Find("smart50"), text.Stage2.Timesteps);
        Assert.Equal((75, 4.0, 20, "ddpm"), (text.Stage3.NumInferenceSteps, text.Stage3.GuidanceScale, text.Stage3.NoiseLevel, text.SchedulerNames.Stage3));
        Assert.Equal((false, true, false), (text.Stage1.FreshNoise, text.Stage2.FreshNoise, BehaviourProfile.DiffusersCall.ApplyTo(text).Stage2.FreshNoise));
        Assert.Equal((90, 499), (vary.Stage1.Timesteps!.Count, vary.Stage1.Timesteps![0]));
        var variation = Assert.IsType<CascadeStart.Variation>(vary.Start);
        Assert.Equal((1.0, 1.0, 7.0), (variation.Stage1Strength, variation.Stage2Strength, vary.Stage1.GuidanceScale));
        Assert.Equal((250, 150), (inpaint.Stage2.NoiseLevel, inpaint.Stage1.Timesteps!.Count));
    }

    [Fact]
    public void ApplyTo_Diffusers_KeepsTheReferencesPictureDefaults()
    {
        foreach (var profile in new[] { BehaviourProfile.DiffusersNotebook, BehaviourProfile.DiffusersCall })
        {
            CascadeRequest[] own = [new(), CascadeRequest.Vary(Grey, "a"), CascadeRequest.Inpaint(Grey, Grey, "a"), CascadeRequest.Upscale(Grey, 2)];
            Assert.All(own, request =>
            {
                var applied = profile.ApplyTo(request);
                Assert.Equal((request.Stage1, request.Stage2, request.Stage3, request.Start), (applied.Stage1, applied.Stage2, applied.Stage3, applied.Start));
            });
        }
    }

    [Fact]
    public void ApplyTo_OptionsThatAreOff_StayOff()
    {
        var off = new CascadeOptions { SafetyChecker = false, Stage3Watermark = false };
        Assert.All(BehaviourProfile.All, p => Assert.Equal((false, false), (p.ApplyTo(off).SafetyChecker, p.ApplyTo(off).Stage3Watermark)));
    }

    [Fact]
    public void Find_UnknownName_ListsTheNames() =>
        Assert.Contains("floyd, deepfloyd, diffusers-notebook, diffusers-call", Assert.Throws<FloydException>(() => BehaviourProfile.Find("x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Generate_HandingPicturesOn_GivesStageTwoTheFinishedPicture()
    {
        using var embeddings = Embeddings();
        using var cascade = IFCascade.Open(new() { Stage1 = Mini.Checkpoint("if-I"), Stage2 = Mini.Checkpoint("if-II"), SafetyChecker = false });
        var request = new CascadeRequest
        {
            Embeddings = embeddings,
            Seed = 3,
            HandOverPictures = true,
            Stage1 = new() { NumInferenceSteps = 2 },
            Stage2 = new() { NumInferenceSteps = 2 },
        };

        using var result = cascade.Generate(request, null, TestContext.Current.CancellationToken);

        using var scope = NewDisposeScope();
        using var first = IFPipeline.Load(Mini.Checkpoint("if-I"));
        using var second = IFSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
        using var noise = NoiseSource.FromSeed(3);
        first.Generate(embeddings, noise, request.Stage1, null, TestContext.Current.CancellationToken);
        var small = ImageTensors.FromImages([result.Stages[0].Pictures[0].Picture.Image]);
        var expected = second.Generate(small, embeddings, noise, request.Stage2, null, TestContext.Current.CancellationToken);
        TensorAssert.Close(expected, result.Stages[1].Images, 0, output, "stage II");
    }

    private static int First(DiffusionOptions options)
    {
        using var scheduler = SchedulerFactory.Create(SchedulerConfig.Load(Mini.Checkpoint("if-I/scheduler")));
        scheduler.SetTimesteps(options);
        return scheduler.Timesteps[0];
    }

    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""]);
    }
}

using FloydSharp.IO;
using FloydSharp.Models.UNet;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

public sealed class StyleTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    [Theory]
    [InlineData(7, 0.25, true)]
    [InlineData(4, 1, true)]
    [InlineData(1, 0.5, false)]
    public void CombineStyle_Parts_AreMixedAsTheOriginalDoes(double w, double m, bool guided)
    {
        using var scope = NewDisposeScope();
        using var noise = NoiseSource.FromSeed(1);
        var (n, p, s) = (Draw(), Draw(), Draw());

        var combined = ClassifierFreeGuidance.CombineStyle(cat(guided ? [n, p, s] : [p, s]), guided, w, m, 3);

        var mixed = (p * (1 - m)) + (s * m);
        var expected = guided ? n + (w * (mixed - n)) : mixed;
        TensorAssert.Close(expected.narrow(1, 0, 3), combined.narrow(1, 0, 3), 1e-5, output, "noise");
        TensorAssert.Close(p.narrow(1, 3, 3), combined.narrow(1, 3, 3), 0, output, "variance");

        Tensor Draw() => noise.Draw([2, 6, 4, 4], ScalarType.Float32, CPU);
    }

    [Fact]
    public void Generate_OneStepWithStyle_IsTheOriginalsPrediction()
    {
        using var scope = NewDisposeScope();
        using var pipeline = IFPipeline.Load(Mini.Checkpoint("if-I"));
        using var embeddings = Embeddings();
        var options = new IFOptions { Timesteps = [500], GuidanceScale = 6, StyleMix = 0.3 };

        var result = Run(pipeline, embeddings, options);

        // Three predictions one by one: text and pooled text of negative, prompt and style.
        var unet = pipeline.Components.UNet.Load();
        using var noise = NoiseSource.FromSeed(1);
        var sample = noise.Draw([1, 3, 32, 32], ScalarType.Float32, unet.Device);
        using var noGrad = no_grad();
        var time = tensor(500L, device: unet.Device);
        var (none, positive, mixedIn) = (embeddings.Negative!.to(unet.Device), embeddings.Positive.to(unet.Device), embeddings.Style!.to(unet.Device));
        var negative = unet.forward(sample, time, none);
        var prompt = unet.forward(sample, time, positive, null, mixedIn);
        var style = unet.forward(sample, time, mixedIn);
        var n = negative.narrow(1, 0, 3);
        var mixed = (0.7 * prompt.narrow(1, 0, 3)) + (0.3 * style.narrow(1, 0, 3));
        var output6 = cat([n + (6 * (mixed - n)), prompt.narrow(1, 3, 3)], 1);
        pipeline.Scheduler.SetTimesteps([500]);
        var expected = pipeline.Scheduler.Step(output6, 500, sample, noise).PrevSample;
        TensorAssert.Close(expected, result, 1e-4, output, "one step");
    }

    [Fact]
    public void Generate_StyleThatCannotCount_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var pipeline = IFPipeline.Load(Mini.Checkpoint("if-I"));
        using var embeddings = Embeddings();
        using var plain = new PromptEmbeddings(embeddings.Positive.clone(), embeddings.Negative!.clone());
        using var itself = new PromptEmbeddings(embeddings.Positive.clone(), embeddings.Negative!.clone(), style: embeddings.Positive.clone());
        var options = new IFOptions { NumInferenceSteps = 3 };
        var expected = Run(pipeline, plain, options);

        TensorAssert.Close(expected, Run(pipeline, embeddings, options with { StyleMix = 0, PooledStyle = false }), 0, output, "switched off");
        TensorAssert.Close(expected, Run(pipeline, itself, options), 1e-3, output, "the prompt as its own style");
        var pooled = Run(pipeline, embeddings, options with { StyleMix = 0 });
        var mixed = Run(pipeline, embeddings, options with { PooledStyle = false });
        Assert.True(TensorAssert.MaxAbsoluteError(expected, pooled) > 1e-2);
        Assert.True(TensorAssert.MaxAbsoluteError(expected, mixed) > 1e-2);
        Assert.True(TensorAssert.MaxAbsoluteError(pooled, mixed) > 1e-2);
    }

    [Fact]
    public void Generate_StageTwoWithStyle_MixesHalfByDefaultAndLeaksNothing()
    {
        using var embeddings = Embeddings();
        Assert.Equal((0.25, 0.5, 0.5, 0.5, 0.25), (
            new IFOptions().StyleMix, new IFSuperResolutionOptions().StyleMix, new IFImg2ImgSuperResolutionOptions().StyleMix,
            new IFInpaintingSuperResolutionOptions().StyleMix, new IFImg2ImgOptions().StyleMix));
        TensorAssert.NoLeaks(() =>
        {
            using var pipeline = IFSuperResolutionPipeline.Load(Mini.Checkpoint("if-II"));
            using var noise = NoiseSource.FromSeed(1);
            using var small = zeros(1, 3, 16, 16);
            using var guided = pipeline.Generate(small, embeddings, noise, new() { NumInferenceSteps = 1, Width = 64, Height = 64 }, null, TestContext.Current.CancellationToken);
            using var alone = pipeline.Generate(small, embeddings, noise, new() { NumInferenceSteps = 1, Width = 64, Height = 64, GuidanceScale = 1 }, null, TestContext.Current.CancellationToken);
            Assert.Equal([1, 3, 64, 64], guided.shape);
            Assert.True(TensorAssert.MaxAbsoluteError(guided, alone) > 0);
        });
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Validate_ImpossibleMix_Throws(double mix) =>
        Assert.Contains("mix of the style", Assert.Throws<FloydException>(() => new IFOptions { StyleMix = mix }.Validate()).Message, StringComparison.Ordinal);

    [Fact]
    public void Validate_ImpossibleThresholds_Throws()
    {
        Assert.Throws<FloydException>(() => new IFOptions { DynamicThresholdingRatio = 1.1 }.Validate());
        Assert.Throws<FloydException>(() => new IFOptions { SampleMaxValue = 0.5 }.Validate());
        Assert.Throws<FloydException>(() => new IFOptions { SampleMaxValue = double.NaN }.Validate());
        new IFOptions { DynamicThresholdingRatio = 0.9, SampleMaxValue = 1 }.Validate();
    }

    [Fact]
    public void Forward_PooledStatesOfAnotherBatch_Throws()
    {
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.Load(Mini.Checkpoint("if-I/unet")));
        using var scope = NewDisposeScope();
        var width = unet.Config.TextWidth;

        var error = Assert.Throws<ArgumentException>(() => unet.forward(zeros(1, 3, 32, 32), tensor(1L), zeros(1, 5, width), null, zeros(2, 5, width)));

        Assert.Equal("pooledStates", error.ParamName);
    }

    private static Tensor Run(IFPipeline pipeline, PromptEmbeddings embeddings, IFOptions options)
    {
        using var noise = NoiseSource.FromSeed(1);
        return pipeline.Generate(embeddings, noise, options, null, TestContext.Current.CancellationToken);
    }

    // The prompt with its features moved by one plays the style.
    private static PromptEmbeddings Embeddings()
    {
        using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
        using var style = golden["prompt_embeds"].roll(1, 2);
        return new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone(), ["a test"], [""], style.clone(), ["a style"]);
    }
}

using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

public sealed class PictureStartTests(ITestOutputHelper output)
{
    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    [Fact]
    public void Options_Defaults_AreTheReferences()
    {
        var variation = new IFImg2ImgOptions();
        var variation2 = new IFImg2ImgSuperResolutionOptions();
        var inpainting = new IFInpaintingOptions();
        var inpainting2 = new IFInpaintingSuperResolutionOptions();

        Assert.Equal((80, 10.0, 0.7), (variation.NumInferenceSteps, variation.GuidanceScale, variation.Strength));
        Assert.Equal((50, 4.0, 0.8, 250), (variation2.NumInferenceSteps, variation2.GuidanceScale, variation2.Strength, variation2.NoiseLevel));
        Assert.Equal((50, 7.0, 1.0), (inpainting.NumInferenceSteps, inpainting.GuidanceScale, inpainting.Strength));
        Assert.Equal((100, 4.0, 0.8, 0), (inpainting2.NumInferenceSteps, inpainting2.GuidanceScale, inpainting2.Strength, inpainting2.NoiseLevel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void Validate_StrengthOutOfRange_Throws(double strength)
    {
        var error = Assert.Throws<FloydException>(() => new IFImg2ImgOptions { Strength = strength }.Validate());

        Assert.Contains("strength", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_StrengthThatLeavesNoStep_Throws()
    {
        using var run = new Run();
        using var image = zeros(1, 3, 32, 32);

        var error = Assert.Throws<FloydException>(() => run.Vary.Generate(
            image, run.Embeddings, run.Noise, new() { NumInferenceSteps = 3, Strength = 0.2 }, null, TestContext.Current.CancellationToken));

        Assert.Contains("none of 3 steps", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, 32, "multiples of")]
    [InlineData(0, 32, "must be multiples")]
    public void Generate_SizeThatStageCannotDo_ThrowsBeforeLoading(int width, int height, string part)
    {
        using var run = new Run();
        using var image = zeros(1, 3, height, width);

        var error = Assert.Throws<FloydException>(() => run.Vary.Generate(image, run.Embeddings, run.Noise, null, null, TestContext.Current.CancellationToken));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.False(run.Vary.Components.UNet.IsLoaded);
    }

    [Fact]
    public void Generate_MaskOfAnotherSize_ThrowsBeforeLoading()
    {
        using var run = new Run();
        using var image = zeros(1, 3, 32, 32);
        using var mask = zeros(1, 1, 16, 32);

        var error = Assert.Throws<FloydException>(() => run.Inpaint.Generate(image, mask, run.Embeddings, run.Noise, null, null, TestContext.Current.CancellationToken));

        Assert.Contains("(count, 1, 32, 32)", error.Message, StringComparison.Ordinal);
        Assert.False(run.Inpaint.Components.UNet.IsLoaded);
    }

    [Fact]
    public void Generate_ThreePicturesForTwoPrompts_Throws()
    {
        using var run = new Run();
        using var two = cat([run.Embeddings.Positive, run.Embeddings.Positive]);
        using var embeddings = new PromptEmbeddings(two.clone(), two.clone());
        using var image = zeros(3, 3, 32, 32);

        var error = Assert.Throws<FloydException>(() => run.Vary.Generate(image, embeddings, run.Noise, null, null, TestContext.Current.CancellationToken));

        Assert.Contains("3 pictures and 2 prompts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_OnePictureForTwoPrompts_IsSharedByBoth()
    {
        using var run = new Run();
        using var two = cat([run.Embeddings.Positive, run.Embeddings.Positive]);
        using var twoNegative = cat([run.Embeddings.Negative!, run.Embeddings.Negative!]);
        using var embeddings = new PromptEmbeddings(two.clone(), twoNegative.clone());
        using var image = linspace(-1, 1, 3 * 32 * 32).view(1, 3, 32, 32);
        using var both = cat([image, image]);
        Tensor Make(Tensor picture)
        {
            using var noise = NoiseSource.FromSeed(3);
            return run.Vary.Generate(picture, embeddings, noise, new() { NumInferenceSteps = 2 }, null, TestContext.Current.CancellationToken);
        }

        using var shared = Make(image);
        using var own = Make(both);

        Assert.Equal([2, 3, 32, 32], shared.shape);
        TensorAssert.Close(own, shared, 0, output, "one picture for two prompts");
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Generate_MaskEmptyOrFull_KeepsAllOrIsAVariation(float value)
    {
        using var run = new Run();
        using var image = linspace(-1, 1, 3 * 32 * 32).view(1, 3, 32, 32);
        using var mask = full([1, 1, 32, 32], value);
        using var noise = NoiseSource.FromSeed(3);
        using var result = run.Inpaint.Generate(
            image, mask, run.Embeddings, noise, new() { NumInferenceSteps = 3, GuidanceScale = 5, Strength = 0.7 }, null, TestContext.Current.CancellationToken);

        using var again = NoiseSource.FromSeed(3);
        using var variation = run.Vary.Generate(
            image, run.Embeddings, again, new() { NumInferenceSteps = 3, GuidanceScale = 5, Strength = 0.7 }, null, TestContext.Current.CancellationToken);

        TensorAssert.Close(value == 0 ? image : variation, result, 0, output, $"mask of {value}");
    }

    [Fact]
    public void Components_OfATextToImagePipeline_AreSharedNotLoadedAgain()
    {
        using var run = new Run();
        using var text = new IFPipeline(run.Vary.Components);
        using var image = zeros(1, 3, 32, 32);

        using var first = text.Generate(run.Embeddings, run.Noise, new() { NumInferenceSteps = 1 }, null, TestContext.Current.CancellationToken);
        var unet = text.Components.UNet.Load(null, TestContext.Current.CancellationToken);
        using var second = run.Vary.Generate(image, run.Embeddings, run.Noise, new() { NumInferenceSteps = 2 }, null, TestContext.Current.CancellationToken);

        Assert.Same(unet, run.Vary.Components.UNet.Load(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Constructor_CheckpointOfTheOtherStage_Throws()
    {
        using var one = IFComponents.Open(Mini.Checkpoint("if-I"));
        using var two = IFComponents.Open(Mini.Checkpoint("if-II"));

        Assert.Throws<FloydException>(() => new IFImg2ImgPipeline(two));
        Assert.Throws<FloydException>(() => new IFInpaintingPipeline(two));
        Assert.Throws<FloydException>(() => new IFImg2ImgSuperResolutionPipeline(one));
        Assert.Throws<FloydException>(() => new IFInpaintingSuperResolutionPipeline(one));
    }

    [Fact]
    public void Generate_Inpainting_LeaksNothing()
    {
        using var run = new Run();
        using var image = zeros(1, 3, 32, 32);
        using var mask = ones(1, 1, 32, 32);
        run.Inpaint.Components.UNet.Load(null, TestContext.Current.CancellationToken);

        TensorAssert.NoLeaks(() => run.Inpaint.Generate(
            image, mask, run.Embeddings, run.Noise, new() { NumInferenceSteps = 2 }, null, TestContext.Current.CancellationToken).Dispose());
    }

    private sealed class Run : IDisposable
    {
        public Run()
        {
            using var golden = GoldenTensors.Load(Mini.FileOf("encode_prompt.safetensors"));
            Embeddings = new(golden["prompt_embeds"].clone(), golden["negative_prompt_embeds"].clone());
            Vary = IFImg2ImgPipeline.Load(Mini.Checkpoint("if-I"));
            Inpaint = new(Vary.Components);
        }

        public PromptEmbeddings Embeddings { get; }

        public NoiseSource Noise { get; } = NoiseSource.FromSeed(1);

        public IFImg2ImgPipeline Vary { get; }

        public IFInpaintingPipeline Inpaint { get; }

        public void Dispose()
        {
            Embeddings.Dispose();
            Noise.Dispose();
            Vary.Dispose();
            Inpaint.Dispose();
        }
    }
}

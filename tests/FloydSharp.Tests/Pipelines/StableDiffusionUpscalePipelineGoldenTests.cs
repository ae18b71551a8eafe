using FloydSharp.Pipelines.Upscale;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Pipelines;

public sealed class StableDiffusionUpscalePipelineGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("StableDiffusionUpscalePipeline")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Generate_GoldenCase_AgreesWithReference(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        var stored = args.Embeddings();
        Assert.SkipWhen(stored is null && golden.Folder.Tokenizers is null, "The case stores no embeddings and there is no tokenizer beside the golden folder.");
        using var pipeline = StableDiffusionUpscalePipeline.Load(
            golden.Folder.Checkpoint("x4"), new() { Load = TestDevice.Load, TokenizerFolder = golden.Folder.Tokenizer("clip") });
        var defaults = new StableDiffusionUpscaleOptions();
        var options = defaults with
        {
            NumInferenceSteps = args.Integer("num_inference_steps", defaults.NumInferenceSteps),
            GuidanceScale = args.Number("guidance_scale", defaults.GuidanceScale),
            NumImagesPerPrompt = args.Integer("num_images_per_prompt", 1),
            NoiseLevel = args.Integer("noise_level", defaults.NoiseLevel),
        };

        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = stored ?? pipeline.Components.TextEncoder.Load().Encode(args.Prompts, args.NegativePrompts);
        using var noise = args.Noise();
        using var image = args.Image(trajectory.SampleShape[3], trajectory.SampleShape[2]);
        using var result = pipeline.Generate(image, embeddings, noise, options, trajectory, TestContext.Current.CancellationToken);
        using var unit = ((result / 2) + 0.5).clamp(0, 1);

        trajectory.CheckResult(unit);
        if (args.WantsPictures)
            trajectory.CheckPictures(StableDiffusionUpscalePipeline.ToPictures(result));
    }
}

using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Pipelines;

public sealed class IFSuperResolutionPipelineGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("IFSuperResolutionPipeline")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Generate_GoldenCase_AgreesWithReference(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFSuperResolutionPipeline.Load(golden.Folder.Checkpoint("if-II"), new() { Load = TestDevice.Load });
        var defaults = new IFSuperResolutionOptions();
        var options = defaults with
        {
            NumInferenceSteps = args.Integer("num_inference_steps", defaults.NumInferenceSteps),
            GuidanceScale = args.Number("guidance_scale", defaults.GuidanceScale),
            NumImagesPerPrompt = args.Integer("num_images_per_prompt", 1),
            NoiseLevel = args.Integer("noise_level", defaults.NoiseLevel),
        };

        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var image = args.Image();
        using var result = pipeline.Generate(image, embeddings, noise, options, trajectory, TestContext.Current.CancellationToken);

        trajectory.CheckResult(result);
        if (args.WantsPictures)
            trajectory.CheckPictures(pipeline.Components.ToPictures(result));
    }
}

using FloydSharp.Pipelines.IF;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Pipelines;

public sealed class IFPipelineGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("IFPipeline")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Generate_GoldenCase_AgreesWithReference(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFPipeline.Load(golden.Folder.Checkpoint("if-I"), new() { Load = TestDevice.Load });
        if (args.Scheduler is not null)
        {
            // The reference's scheduler was made from arguments, not from a file, so its from_config dropped the default spacing.
            pipeline.Scheduler = SchedulerFactory.Create("dpm++", pipeline.Components.SchedulerConfig with { TimestepSpacing = null });
        }

        var defaults = new IFOptions();
        var options = defaults with
        {
            NumInferenceSteps = args.Integer("num_inference_steps", defaults.NumInferenceSteps),
            Timesteps = args.Integers("timesteps"),
            GuidanceScale = args.Number("guidance_scale", defaults.GuidanceScale),
            NumImagesPerPrompt = args.Integer("num_images_per_prompt", 1),
            Height = args.Integer("height"),
            Width = args.Integer("width"),
        };

        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var result = pipeline.Generate(embeddings, noise, options, trajectory, TestContext.Current.CancellationToken);

        trajectory.CheckResult(result);
        if (args.WantsPictures)
            trajectory.CheckPictures(pipeline.Components.ToPictures(result));
    }
}

using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Pipelines;

/// <summary>The four pipelines that start from a picture.</summary>
public sealed class PictureStartGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<GoldenCase> Img2Img => [.. GoldenCase.OfKind("IFImg2ImgPipeline")];

    public static TheoryData<GoldenCase> Img2ImgSuperResolution => [.. GoldenCase.OfKind("IFImg2ImgSuperResolutionPipeline")];

    public static TheoryData<GoldenCase> Inpainting => [.. GoldenCase.OfKind("IFInpaintingPipeline")];

    public static TheoryData<GoldenCase> InpaintingSuperResolution => [.. GoldenCase.OfKind("IFInpaintingSuperResolutionPipeline")];

    [Theory]
    [MemberData(nameof(Img2Img))]
    public void Generate_GoldenImg2Img_AgreesWithReference(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFImg2ImgPipeline.Load(golden.Folder.Checkpoint("if-I"), new() { Load = TestDevice.Load });
        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var image = args.StartPicture("image", pipeline.Components.SampleSize);

        using var result = pipeline.Generate(image, embeddings, noise, WithArguments(new IFImg2ImgOptions(), args), trajectory, TestContext.Current.CancellationToken);

        Check(args, trajectory, pipeline.Components, result);
    }

    [Theory]
    [MemberData(nameof(Img2ImgSuperResolution))]
    public void Generate_GoldenImg2ImgSuperResolution_AgreesWithReference(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFImg2ImgSuperResolutionPipeline.Load(golden.Folder.Checkpoint("if-II"), new() { Load = TestDevice.Load });
        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var image = args.Image();
        using var original = args.StartPicture("original_image", pipeline.Components.SampleSize);
        var options = WithArguments(new IFImg2ImgSuperResolutionOptions(), args);
        options = options with { NoiseLevel = args.Integer("noise_level", options.NoiseLevel) };

        using var result = pipeline.Generate(image, original, embeddings, noise, options, trajectory, TestContext.Current.CancellationToken);

        Check(args, trajectory, pipeline.Components, result);
    }

    [Theory]
    [MemberData(nameof(Inpainting))]
    public void Generate_GoldenInpainting_AgreesWithReferenceAndKeepsTheRest(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFInpaintingPipeline.Load(golden.Folder.Checkpoint("if-I"), new() { Load = TestDevice.Load });
        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var image = args.StartPicture("image", pipeline.Components.SampleSize);
        using var mask = args.Mask(pipeline.Components.SampleSize);

        using var result = pipeline.Generate(image, mask, embeddings, noise, WithArguments(new IFInpaintingOptions(), args), trajectory, TestContext.Current.CancellationToken);

        Check(args, trajectory, pipeline.Components, result);
        CheckUnmasked(image, mask, result);
    }

    [Theory]
    [MemberData(nameof(InpaintingSuperResolution))]
    public void Generate_GoldenInpaintingSuperResolution_AgreesWithReferenceAndKeepsTheRest(GoldenCase golden)
    {
        var args = new GoldenArguments(golden);
        using var pipeline = IFInpaintingSuperResolutionPipeline.Load(golden.Folder.Checkpoint("if-II"), new() { Load = TestDevice.Load });
        using var trajectory = new GoldenTrajectory(golden, output);
        using var embeddings = args.Embeddings()!;
        using var noise = args.Noise();
        using var image = args.Image();
        using var original = args.StartPicture("original_image", pipeline.Components.SampleSize);
        using var mask = args.Mask(pipeline.Components.SampleSize);
        var options = WithArguments(new IFInpaintingSuperResolutionOptions(), args);
        options = options with { NoiseLevel = args.Integer("noise_level", options.NoiseLevel) };

        using var result = pipeline.Generate(image, original, mask, embeddings, noise, options, trajectory, TestContext.Current.CancellationToken);

        Check(args, trajectory, pipeline.Components, result);
        CheckUnmasked(original, mask, result);
    }

    private static T WithArguments<T>(T defaults, GoldenArguments args)
        where T : PictureStartOptions => defaults with
        {
            NumInferenceSteps = args.Integer("num_inference_steps", defaults.NumInferenceSteps),
            Timesteps = args.Integers("timesteps"),
            GuidanceScale = args.Number("guidance_scale", defaults.GuidanceScale),
            NumImagesPerPrompt = args.Integer("num_images_per_prompt", 1),
            Strength = args.Number("strength", defaults.Strength),
        };

    private static void Check(GoldenArguments args, GoldenTrajectory trajectory, IFComponents components, TorchSharp.torch.Tensor result)
    {
        trajectory.CheckResult(result);
        if (args.WantsPictures)
            trajectory.CheckPictures(components.ToPictures(result));
    }

    private static void CheckUnmasked(TorchSharp.torch.Tensor original, TorchSharp.torch.Tensor mask, TorchSharp.torch.Tensor result)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var keep = (mask < 0.5).to(TorchSharp.torch.float32);
        Assert.True(keep.sum().item<float>() > 0, "The mask marks all, so the test says nothing.");
        Assert.Equal(0, TensorAssert.MaxAbsoluteError(original * keep, result.cpu() * keep));
    }
}

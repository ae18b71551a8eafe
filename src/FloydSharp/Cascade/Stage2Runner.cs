using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage II of a cascade: a small picture to a larger one, from noise, from a picture, or from a picture under a mask.</summary>
internal sealed class Stage2Runner : StageRunner
{
    private readonly IFSuperResolutionPipeline _enlarge;
    private readonly IFImg2ImgSuperResolutionPipeline _vary;
    private readonly IFInpaintingSuperResolutionPipeline _inpaint;

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    public Stage2Runner(string folder, IFComponentsOptions options, LoadOptions load)
        : base(2, load)
    {
        _enlarge = IFSuperResolutionPipeline.Load(folder, options);
        _vary = new(_enlarge.Components);
        _inpaint = new(_enlarge.Components);
    }

    /// <summary>The checkpoint, shared by all pipelines of the stage.</summary>
    public IFComponents Checkpoint => _enlarge.Components;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, bool IsLoaded)> Components =>
    [
        ("stage 2 text_encoder", Checkpoint.TextEncoder.IsLoaded),
        ("stage 2 unet", Checkpoint.UNet.IsLoaded),
        ("stage 2 safety_checker", Checkpoint.SafetyChecker is { IsLoaded: true }),
    ];

    /// <summary>Checks that the stage can do what is asked, before anything is loaded.</summary>
    public void Prepare(CascadeRequest request) =>
        Prepare(PipelineOf(request), Checkpoint.SchedulerConfig, request, request.Stage2);

    /// <summary>Runs the stage.</summary>
    /// <param name="run">The request.</param>
    /// <param name="small">The pictures to enlarge, (B, 3, h, w), around [-1, 1]. Not disposed.</param>
    /// <param name="embeddings">The prompts. Not disposed.</param>
    /// <returns>Owned by the caller.</returns>
    public StageResult Run(CascadeRun run, Tensor small, PromptEmbeddings embeddings)
    {
        run.Report.Load(2, Checkpoint.UNet, run.Cancellation);
        var images = run.Report.Phase(2, CascadePhase.Denoise, Checkpoint.UNet.Name, () => OnCpu(Denoise(run, small, embeddings)));
        Checkpoint.UNet.Free();
        var options = run.Request.Stage2;
        var info = Describe(Checkpoint.Folder, PipelineOf(run.Request).Scheduler, run.Request, options, options.NoiseLevel);
        return run.Finish(info, images, () => Checkpoint.ToPictures(images), Checkpoint.SafetyChecker);
    }

    /// <inheritdoc/>
    public override void Free() => Checkpoint.Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _enlarge.Dispose();
        _vary.Dispose();
        _inpaint.Dispose();
    }

    private Tensor Denoise(CascadeRun run, Tensor small, PromptEmbeddings embeddings)
    {
        using var scope = NewDisposeScope();
        var (noise, steps, size) = (run.NextNoise(), run.Report.Steps(2), run.Sizes.Stage2);
        var options = run.Request.Stage2 with { NumImagesPerPrompt = 1, Width = size.Width, Height = size.Height };
        var result = run.Request.Start switch
        {
            CascadeStart.Variation start => _vary.Generate(
                small,
                run.StartPicture(size),
                embeddings,
                noise,
                new IFImg2ImgSuperResolutionOptions { Strength = start.Stage2Strength, NoiseLevel = options.NoiseLevel }.SampledAs(options),
                steps,
                run.Cancellation),
            CascadeStart.Inpainting start => _inpaint.Generate(
                small,
                run.StartPicture(size),
                run.StartMask(size),
                embeddings,
                noise,
                new IFInpaintingSuperResolutionOptions { Strength = start.Stage2Strength, NoiseLevel = options.NoiseLevel }.SampledAs(options),
                steps,
                run.Cancellation),
            _ => _enlarge.Generate(small, embeddings, noise, options, steps, run.Cancellation),
        };
        return result.MoveToOuterDisposeScope();                              // (B, 3, H, W)
    }

    private DiffusionPipeline<IFComponents> PipelineOf(CascadeRequest request) => request.Start switch
    {
        CascadeStart.Variation => _vary,
        CascadeStart.Inpainting => _inpaint,
        _ => _enlarge,
    };
}

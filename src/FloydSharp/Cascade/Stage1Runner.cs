using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage I of a cascade: text, a picture, or a picture under a mask to a small picture.</summary>
internal sealed class Stage1Runner : StageRunner
{
    private readonly IFPipeline _text;
    private readonly IFImg2ImgPipeline _vary;
    private readonly IFInpaintingPipeline _inpaint;

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    public Stage1Runner(string folder, IFComponentsOptions options, LoadOptions load)
        : base(1, load)
    {
        _text = IFPipeline.Load(folder, options);
        _vary = new(_text.Components);
        _inpaint = new(_text.Components);
    }

    /// <summary>The checkpoint, shared by all pipelines of the stage.</summary>
    public IFComponents Checkpoint => _text.Components;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, bool IsLoaded)> Components =>
    [
        ("stage 1 text_encoder", Checkpoint.TextEncoder.IsLoaded),
        ("stage 1 unet", Checkpoint.UNet.IsLoaded),
        ("stage 1 safety_checker", Checkpoint.SafetyChecker is { IsLoaded: true }),
    ];

    /// <summary>Checks that the stage can do what is asked, before anything is loaded.</summary>
    public void Prepare(CascadeRequest request) =>
        Prepare(PipelineOf(request), Checkpoint.SchedulerConfig, request, request.Stage1);

    /// <summary>Runs the stage.</summary>
    /// <param name="run">The request.</param>
    /// <param name="embeddings">The prompts. Not disposed.</param>
    /// <returns>Owned by the caller.</returns>
    public StageResult Run(CascadeRun run, PromptEmbeddings embeddings)
    {
        run.Report.Load(1, Checkpoint.UNet, run.Cancellation);
        var images = run.Report.Phase(1, CascadePhase.Denoise, Checkpoint.UNet.Name, () => OnCpu(Denoise(run, embeddings)));
        Checkpoint.UNet.Free();
        var info = Describe(Checkpoint.Folder, PipelineOf(run.Request).Scheduler, run.Request, run.Request.Stage1, null);
        return run.Finish(info, images, () => Checkpoint.Check(ImageTensors.ToImages(images)), Checkpoint.Mark, Checkpoint.SafetyChecker);
    }

    /// <inheritdoc/>
    public override void Free() => Checkpoint.Dispose();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _text.Dispose();
        _vary.Dispose();
        _inpaint.Dispose();
    }

    private Tensor Denoise(CascadeRun run, PromptEmbeddings embeddings)
    {
        using var scope = NewDisposeScope();
        var (request, noise, steps, size) = (run.Request, run.NextNoise(), run.Report.Steps(1), run.Sizes.Stage1);
        var options = request.Stage1 with { NumImagesPerPrompt = request.ImagesPerPrompt, Width = size.Width, Height = size.Height };
        var result = request.Start switch
        {
            CascadeStart.Variation start => _vary.Generate(
                run.Start!.Picture(size), embeddings, noise, new IFImg2ImgOptions { Strength = start.Stage1Strength }.SampledAs(options), steps, run.Cancellation),
            CascadeStart.Inpainting start => _inpaint.Generate(
                run.Start!.Picture(size), run.Start!.Mask(size), embeddings, noise, new IFInpaintingOptions { Strength = start.Stage1Strength }.SampledAs(options), steps, run.Cancellation),
            _ => _text.Generate(embeddings, noise, options, steps, run.Cancellation),
        };
        return result.MoveToOuterDisposeScope();                              // (B, 3, H, W)
    }

    private DiffusionPipeline<IFComponents> PipelineOf(CascadeRequest request) => request.Start switch
    {
        CascadeStart.Variation => _vary,
        CascadeStart.Inpainting => _inpaint,
        _ => _text,
    };
}

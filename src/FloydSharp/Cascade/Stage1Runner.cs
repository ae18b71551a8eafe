using FloydSharp.Models.UNet;
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

    /// <inheritdoc/>
    public override CheckpointFolder Folder => Checkpoint.Folder;

    /// <inheritdoc/>
    protected override Component<UNet2DConditionModel> UNet => Checkpoint.UNet;

    /// <inheritdoc/>
    protected override bool FinishesAtOnce => Checkpoint.SafetyChecker is null;

    /// <inheritdoc/>
    public override (int Steps, StageInfo Info) Prepare(CascadeRequest request)
    {
        var (pipeline, options) = (PipelineOf(request), request.Stage1);
        var steps = Prepare(pipeline, Checkpoint.SchedulerConfig, request, options);
        return (steps, Describe(pipeline.Scheduler, request, options, null));
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

    /// <inheritdoc/>
    protected override StageProduct Denoise(CascadeRun run, StageSteps steps, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (request, embeddings, noise, size) = (run.Request, run.Embeddings!, run.NextNoise(1), run.Sizes.Stage1);
        var options = request.Stage1 with { NumImagesPerPrompt = request.ImagesPerPrompt, Width = size.Width, Height = size.Height, Store = run.Store(1) };
        var result = request.Start switch
        {
            CascadeStart.Variation start => _vary.Generate(
                run.Start!.Picture(size), embeddings, noise, new IFImg2ImgOptions { Strength = start.Stage1Strength }.SampledAs(options), steps.Of(), cancellation),
            CascadeStart.Inpainting start => _inpaint.Generate(
                run.Start!.Picture(size), run.Start!.Mask(size), embeddings, noise, new IFInpaintingOptions { Strength = start.Stage1Strength }.SampledAs(options), steps.Of(), cancellation),
            _ => _text.Generate(embeddings, noise, options, steps.Of(), cancellation),
        };
        return new(OnCpu(result)) { Noise = run.NoiseState() };               // (B, 3, H, W)
    }

    /// <inheritdoc/>
    protected override void FinishOne(CascadeRun run, CascadeBatch batch)
    {
        var images = run.Product(1).Whole!;
        Finish(run, images, Checkpoint.Check(ImageTensors.ToImages(images)), Checkpoint.Mark, batch);
    }

    /// <inheritdoc/>
    protected override void FinishAll(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
        if (Checkpoint.SafetyChecker is { } checker)
            batch.Report.Load(1, checker, batch.Cancellation);
        batch.Report.Phase(1, CascadePhase.Finish, "pictures", () =>
        {
            foreach (var run in runs)
                FinishOne(run, batch);
            return true;
        });
        Checkpoint.SafetyChecker?.Free();
    }

    private DiffusionPipeline<IFComponents> PipelineOf(CascadeRequest request) => request.Start switch
    {
        CascadeStart.Variation => _vary,
        CascadeStart.Inpainting => _inpaint,
        _ => _text,
    };
}

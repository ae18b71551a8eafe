using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage I of a cascade: text, a picture, or a picture under a mask to a small picture.</summary>
internal sealed class Stage1Runner : IFStageRunner
{
    private readonly IFPipeline _text;
    private readonly IFImg2ImgPipeline _vary;
    private readonly IFInpaintingPipeline _inpaint;

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    public Stage1Runner(string folder, IFComponentsOptions options, LoadOptions load)
        : this(IFPipeline.Load(folder, options), load)
    {
    }

    private Stage1Runner(IFPipeline text, LoadOptions load)
        : this(text, new(text.Components), new(text.Components), load)
    {
    }

    private Stage1Runner(IFPipeline text, IFImg2ImgPipeline vary, IFInpaintingPipeline inpaint, LoadOptions load)
        : base(1, load, text, vary, inpaint) => (_text, _vary, _inpaint) = (text, vary, inpaint);

    /// <inheritdoc/>
    public override (int Steps, StageInfo Info) Prepare(CascadeRequest request)
    {
        var (pipeline, options) = (PipelineOf(request), request.Stage1);
        var steps = Prepare(pipeline, Checkpoint.SchedulerConfig, request, options);
        return (steps, Describe(pipeline.Scheduler, request, options, null));
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
}

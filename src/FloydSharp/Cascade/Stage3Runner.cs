using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage III of a cascade: the x4 upscaler with its own text encoder.</summary>
internal sealed class Stage3Runner : StageRunner
{
    private readonly StableDiffusionUpscalePipeline _pipeline;

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    public Stage3Runner(string folder, UpscaleComponentsOptions options)
        : base(3, options.Load) => _pipeline = StableDiffusionUpscalePipeline.Load(folder, options);

    /// <summary>The checkpoint.</summary>
    public UpscaleComponents Checkpoint => _pipeline.Components;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, bool IsLoaded)> Components =>
    [
        ("stage 3 text_encoder", Checkpoint.TextEncoder.IsLoaded),
        ("stage 3 unet", Checkpoint.UNet.IsLoaded),
        ("stage 3 vae", Checkpoint.Vae.IsLoaded),
    ];

    /// <summary>Checks that the stage can do what is asked, before anything is loaded.</summary>
    public void Prepare(CascadeRequest request)
    {
        Prepare(_pipeline, Checkpoint.SchedulerConfig, request, request.Stage3);
        _pipeline.CheckNoiseLevel(request.Stage3);
    }

    /// <summary>Runs the stage.</summary>
    /// <param name="run">The request.</param>
    /// <param name="small">The pictures to enlarge, (B, 3, h, w), around [-1, 1]. Not disposed.</param>
    /// <param name="mark">The mark of another stage's checkpoint; null for none.</param>
    /// <returns>Owned by the caller.</returns>
    public StageResult Run(CascadeRun run, Tensor small, Watermarker? mark)
    {
        var (request, report, cancellation) = (run.Request, run.Report, run.Cancellation);
        var options = request.Stage3 with { NumImagesPerPrompt = 1 };
        var noise = run.NextNoise();

        report.Load(3, Checkpoint.TextEncoder, cancellation);
        using var embeddings = report.Phase(3, CascadePhase.Encode, Checkpoint.TextEncoder.Name, () => Checkpoint.TextEncoder.Load().Encode(
            request.PromptTexts, request.NegativePromptTexts, guided: ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation: cancellation));
        Checkpoint.TextEncoder.Free();
        if (embeddings.Cuts.Count > 0)
            report.Report(new CascadeEvent.PromptsCut(3, embeddings.Cuts));

        report.Load(3, Checkpoint.UNet, cancellation);
        using var latents = report.Phase(3, CascadePhase.Denoise, Checkpoint.UNet.Name, () =>
            _pipeline.Denoise(small, embeddings, noise, options, report.Steps(3), cancellation));
        Checkpoint.UNet.Free();

        report.Load(3, Checkpoint.Vae, cancellation);
        var images = report.Phase(3, CascadePhase.Decode, Checkpoint.Vae.Name, () => OnCpu(_pipeline.Decode(latents, options, cancellation)));
        Checkpoint.Vae.Free();

        var info = Describe(Checkpoint.Folder, _pipeline.Scheduler, request, options, options.NoiseLevel);
        return run.Finish(info, images, () => StableDiffusionUpscalePipeline.ToPictures(images, mark), null);
    }

    /// <inheritdoc/>
    public override void Free() => Checkpoint.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _pipeline.Dispose();
}

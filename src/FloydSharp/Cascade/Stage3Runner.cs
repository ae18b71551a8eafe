using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage III of a cascade: the x4 upscaler with its own text encoder.</summary>
internal sealed class Stage3Runner : StageRunner
{
    // Of the small picture, as the walkthrough has it.
    private const int UsualSide = 256;

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
    /// <param name="small">The pictures to enlarge.</param>
    /// <param name="mark">The mark of another stage's checkpoint; null for none.</param>
    /// <returns>Owned by the caller.</returns>
    public StageResult Run(CascadeRun run, SmallPictures small, Watermarker? mark)
    {
        var (request, report, cancellation) = (run.Request, run.Report, run.Cancellation);
        var options = request.Stage3 with { NumImagesPerPrompt = 1 };
        var tiles = StageTiles.Of(request.Start, small, UsualSide, CascadeSizes.MultipleOf(Checkpoint));

        report.Load(3, Checkpoint.TextEncoder, cancellation);
        using var embeddings = report.Phase(3, CascadePhase.Encode, Checkpoint.TextEncoder.Name, () => Checkpoint.TextEncoder.Load().Encode(
            request.PromptTexts, request.NegativePromptTexts, guided: ClassifierFreeGuidance.IsOn(options.GuidanceScale), cancellation: cancellation));
        Checkpoint.TextEncoder.Free();
        if (embeddings.Cuts.Count > 0)
            report.Report(new CascadeEvent.PromptsCut(3, embeddings.Cuts));

        using var scope = NewDisposeScope();
        report.Load(3, Checkpoint.UNet, cancellation);
        var latents = report.Phase(3, CascadePhase.Denoise, Checkpoint.UNet.Name, () =>
            tiles is null ? [Denoise(run, small, embeddings, options)] : Denoise(run, tiles, embeddings, options));
        latents.ForEach(scope.Attach);
        Checkpoint.UNet.Free();

        report.Load(3, Checkpoint.Vae, cancellation);
        IReadOnlyList<ImageBuffer>? assembled = null;
        var images = report.Phase(3, CascadePhase.Decode, Checkpoint.Vae.Name, () =>
        {
            if (tiles is null)
                return OnCpu(_pipeline.Decode(latents[0], options, cancellation));
            assembled = Decode(tiles, latents, options, cancellation);
            return empty(assembled.Count, 3, 0, 0);
        }).DetachFromDisposeScope();
        Checkpoint.Vae.Free();

        var info = Describe(Checkpoint.Folder, _pipeline.Scheduler, request, options, options.NoiseLevel);
        return run.Finish(
            info,
            images,
            () => [.. (assembled ?? ImageTensors.ToImages(images)).Select(b => new Picture(b, null, null))],
            pictures => mark?.Apply(pictures, StableDiffusionUpscalePipeline.WatermarkSampleSize) ?? pictures,
            null);
    }

    /// <inheritdoc/>
    public override void Free() => Checkpoint.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _pipeline.Dispose();

    // One (B, 4, h, w).
    private Tensor Denoise(CascadeRun run, SmallPictures small, PromptEmbeddings embeddings, StableDiffusionUpscaleOptions options)
    {
        using var image = small.Whole();
        return _pipeline.Denoise(image, embeddings, run.NextNoise(), options, run.Report.Steps(3), run.Cancellation);
    }

    // One for each tile.
    private List<Tensor> Denoise(CascadeRun run, StageTiles tiles, PromptEmbeddings embeddings, StableDiffusionUpscaleOptions options)
    {
        List<Tensor> latents = [];
        try
        {
            for (var i = 0; i < tiles.All.Count; i++)
            {
                using var part = tiles.Part(tiles.All[i]);
                using var noise = tiles.Noise(run, 3, tiles.All[i]);
                latents.Add(_pipeline.Denoise(part, embeddings, noise, options, run.Report.Steps(3, i, tiles.All.Count), run.Cancellation));
            }

            return latents;
        }
        catch
        {
            latents.ForEach(l => l.Dispose());
            throw;
        }
    }

    private IReadOnlyList<ImageBuffer> Decode(StageTiles tiles, List<Tensor> latents, StableDiffusionUpscaleOptions options, CancellationToken cancellation)
    {
        var result = tiles.Blank(Checkpoint.VaeConfig.SpatialFactor);
        for (var i = 0; i < latents.Count; i++)
        {
            using var images = _pipeline.Decode(latents[i], options, cancellation);
            tiles.Put(result, ImageTensors.ToImages(images), tiles.All[i]);
        }

        return result;
    }
}

using FloydSharp.IO.Imaging;
using FloydSharp.Models.UNet;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage III of a cascade: the x4 upscaler with its own text encoder.</summary>
internal sealed class Stage3Runner : StageRunner
{
    // Of the small picture, as the walkthrough has it.
    private const int UsualSide = 256;

    private readonly StableDiffusionUpscalePipeline _pipeline;
    private readonly Func<Watermarker?> _mark;
    private readonly Dictionary<int, PromptEmbeddings> _texts = [];

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="mark">Gives the mark of another stage's checkpoint; null for none.</param>
    public Stage3Runner(string folder, UpscaleComponentsOptions options, Func<Watermarker?> mark)
        : base(3, options.Load) => (_pipeline, _mark) = (StableDiffusionUpscalePipeline.Load(folder, options), mark);

    /// <summary>The checkpoint.</summary>
    public UpscaleComponents Checkpoint => _pipeline.Components;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, bool IsLoaded)> Components =>
    [
        ("stage 3 text_encoder", Checkpoint.TextEncoder.IsLoaded),
        ("stage 3 unet", Checkpoint.UNet.IsLoaded),
        ("stage 3 vae", Checkpoint.Vae.IsLoaded),
    ];

    /// <inheritdoc/>
    public override CheckpointFolder Folder => Checkpoint.Folder;

    /// <inheritdoc/>
    protected override Component<UNet2DConditionModel> UNet => Checkpoint.UNet;

    /// <inheritdoc/>
    protected override bool FinishesAtOnce => false;

    /// <inheritdoc/>
    public override (int Steps, StageInfo Info) Prepare(CascadeRequest request)
    {
        var options = request.Stage3;
        var steps = Prepare(_pipeline, Checkpoint.SchedulerConfig, request, options);
        _pipeline.CheckNoiseLevel(options);
        return (steps, Describe(_pipeline.Scheduler, request, options, options.NoiseLevel));
    }

    /// <inheritdoc/>
    public override void Free()
    {
        FreeTexts();
        Checkpoint.Dispose();
    }

    /// <inheritdoc/>
    protected override bool NeedsInputToFinish => true;

    /// <inheritdoc/>
    public override void Dispose()
    {
        FreeTexts();
        _pipeline.Dispose();
    }

    /// <inheritdoc/>
    protected override void Encode(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
        var (report, encoder) = (batch.Report, Checkpoint.TextEncoder);
        report.Load(3, encoder, batch.Cancellation);
        report.Phase(3, CascadePhase.Encode, encoder.Name, () =>
        {
            foreach (var (request, number) in runs.Select(r => (r.Request, r.Number)))
            {
                _texts[number] = encoder.Load().Encode(
                    request.PromptTexts, request.NegativePromptTexts, guided: ClassifierFreeGuidance.IsOn(request.Stage3.GuidanceScale), cancellation: batch.Cancellation);
            }

            return true;
        });
        encoder.Free();
        CutPrompt[] cuts = [.. _texts.Values.SelectMany(t => t.Cuts).Distinct()];
        if (cuts.Length > 0)
            report.Report(new CascadeEvent.PromptsCut(3, cuts));
    }

    /// <summary>The size of the latents that are denoised at once: the whole picture's, or a tile's.</summary>
    internal (int Width, int Height) LargestSize(CascadeRun run) =>
        Grid(run) is { } grid ? (grid.Tiles.Max(t => t.Width), grid.Tiles.Max(t => t.Height)) : run.Sizes.Stage2;

    /// <inheritdoc/>
    protected override int TileCount(CascadeRun run) => Grid(run)?.Tiles.Count ?? 1;

    /// <inheritdoc/>
    protected override StageProduct Denoise(CascadeRun run, StageSteps steps, CancellationToken cancellation)
    {
        _texts.Remove(run.Number, out var text);
        using var embeddings = text!;
        if (Grid(run) is { } grid)
            return Denoise(run, new(run.SmallPictures(3), grid), embeddings, steps, cancellation);
        using var small = run.SmallPictures(3).Whole();
        var options = run.Request.Stage3 with { NumImagesPerPrompt = 1, Store = run.Store(3) };
        var latents = _pipeline.Denoise(small, embeddings, run.NextNoise(3), options, steps.Of(), cancellation);    // (B, 4, h, w)
        return new(OnCpu(latents)) { Noise = run.NoiseState() };
    }

    /// <inheritdoc/>
    protected override void FinishAll(IReadOnlyList<CascadeRun> runs, CascadeBatch batch)
    {
        var vae = Checkpoint.Vae;
        batch.Report.Load(3, vae, batch.Cancellation);
        batch.Report.Phase(3, CascadePhase.Decode, vae.Name, () =>
        {
            foreach (var run in runs)
            {
                Decode(run, batch);
                if (run.FirstStage < 3)
                    run.Forget(2);
                run.Forget(3);
            }

            return true;
        });
        vae.Free();
    }

    private TileGrid? Grid(CascadeRun run) => StageTiles.Grid(run.Request.Start, run.Sizes.Stage2, UsualSide, CascadeSizes.MultipleOf(Checkpoint));

    // Latents for each tile.
    private StageProduct Denoise(CascadeRun run, StageTiles tiles, PromptEmbeddings embeddings, StageSteps steps, CancellationToken cancellation)
    {
        var product = run.TilesBefore(3) ?? new([], [], 0);
        try
        {
            for (; product.Done < tiles.All.Count; run.KeepTiles(3, product))
            {
                using var part = tiles.Part(tiles.All[product.Done]);
                using var noise = tiles.Noise(run, 3, tiles.All[product.Done]);
                var options = run.Request.Stage3 with { NumImagesPerPrompt = 1, Store = run.Store(3, product.Done) };
                product.Parts.Add(OnCpu(_pipeline.Denoise(part, embeddings, noise, options, steps.Of(product.Done, tiles.All.Count), cancellation)));
                product.Done++;
            }

            return product;
        }
        catch
        {
            product.Dispose();
            throw;
        }
    }

    private void Decode(CascadeRun run, CascadeBatch batch)
    {
        var (product, options) = (run.Product(3), run.Request.Stage3);
        if (product.Whole is { } latents)
        {
            using var small = run.SmallPictures(3).Whole();
            using var images = OnCpu(_pipeline.Decode(latents, small, options, batch.Cancellation));
            Finish(run, images, Unmarked(ImageTensors.ToImages(images)), Mark, batch);
            return;
        }

        var tiles = new StageTiles(run.SmallPictures(3), Grid(run)!);
        var assembled = tiles.Blank(Checkpoint.VaeConfig.SpatialFactor);
        for (var i = 0; i < product.Parts.Count; i++)
        {
            using var small = tiles.Part(tiles.All[i]);
            using var part = _pipeline.Decode(product.Parts[i], small, options, batch.Cancellation);
            tiles.Put(assembled, ImageTensors.ToImages(part), tiles.All[i]);
        }

        using var none = empty(assembled.Count, 3, 0, 0);
        Finish(run, none, Unmarked(assembled), Mark, batch);
    }

    private static IReadOnlyList<Picture> Unmarked(IReadOnlyList<ImageBuffer> images) => [.. images.Select(b => new Picture(b, null, null))];

    private IReadOnlyList<Picture> Mark(IReadOnlyList<Picture> pictures) => _mark()?.Apply(pictures, StableDiffusionUpscalePipeline.WatermarkSampleSize) ?? pictures;

    private void FreeTexts()
    {
        foreach (var text in _texts.Values)
            text.Dispose();
        _texts.Clear();
    }
}

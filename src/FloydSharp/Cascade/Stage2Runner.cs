using FloydSharp.IO.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>Stage II of a cascade: a small picture to a larger one, from noise, from a picture, or from a picture under a mask.</summary>
internal sealed class Stage2Runner : IFStageRunner
{
    private readonly IFSuperResolutionPipeline _enlarge;
    private readonly IFImg2ImgSuperResolutionPipeline _vary;
    private readonly IFInpaintingSuperResolutionPipeline _inpaint;

    /// <summary>Opens the checkpoint; reads configurations only.</summary>
    public Stage2Runner(string folder, IFComponentsOptions options, LoadOptions load)
        : this(IFSuperResolutionPipeline.Load(folder, options), load)
    {
    }

    private Stage2Runner(IFSuperResolutionPipeline enlarge, LoadOptions load)
        : this(enlarge, new(enlarge.Components), new(enlarge.Components), load)
    {
    }

    private Stage2Runner(IFSuperResolutionPipeline enlarge, IFImg2ImgSuperResolutionPipeline vary, IFInpaintingSuperResolutionPipeline inpaint, LoadOptions load)
        : base(2, load, enlarge, vary, inpaint) => (_enlarge, _vary, _inpaint) = (enlarge, vary, inpaint);

    /// <inheritdoc/>
    public override (int Steps, StageInfo Info) Prepare(CascadeRequest request)
    {
        var (pipeline, options) = (PipelineOf(request), request.Stage2);
        var steps = Prepare(pipeline, Checkpoint.SchedulerConfig, request, options);
        return (steps, Describe(pipeline.Scheduler, request, options, options.NoiseLevel));
    }

    /// <summary>The size of what is denoised at once: the whole picture, or a tile.</summary>
    internal (int Width, int Height) LargestSize(CascadeRun run) => Grid(run) is { } grid
        ? (grid.Tiles.Max(t => t.Width) * FactorOf(run), grid.Tiles.Max(t => t.Height) * FactorOf(run))
        : run.Sizes.Stage2;

    /// <inheritdoc/>
    protected override int TileCount(CascadeRun run) => Grid(run)?.Tiles.Count ?? 1;

    /// <inheritdoc/>
    protected override StageProduct Denoise(CascadeRun run, StageSteps steps, CancellationToken cancellation) =>
        Grid(run) is { } grid ? Enlarge(run, new(run.SmallPictures(2), grid), steps, cancellation) : Whole(run, steps, cancellation);

    private static int FactorOf(CascadeRun run) => run.Sizes.Stage2.Width / run.Sizes.Stage1.Width;

    private TileGrid? Grid(CascadeRun run)
    {
        var factor = FactorOf(run);
        return StageTiles.Grid(run.Request.Start, run.Sizes.Stage1, Math.Max(1, Checkpoint.SampleSize / factor), CascadeSizes.Fit(1, factor, Checkpoint.SizeMultiple));
    }

    private StageProduct Enlarge(CascadeRun run, StageTiles tiles, StageSteps steps, CancellationToken cancellation)
    {
        var factor = FactorOf(run);
        var product = run.TilesBefore(2) ?? new(tiles.Blank(factor), [], 0);
        for (; product.Done < tiles.All.Count; run.KeepTiles(2, product))
        {
            using var scope = NewDisposeScope();
            var tile = tiles.All[product.Done];
            using var noise = tiles.Noise(run, 2, tile);
            var options = run.Request.Stage2 with { NumImagesPerPrompt = 1, Width = tile.Width * factor, Height = tile.Height * factor, Store = run.Store(2, product.Done) };
            using var made = _enlarge.Generate(tiles.Part(tile), run.Embeddings!, noise, options, steps.Of(product.Done, tiles.All.Count), cancellation);
            tiles.Put(product.Assembled, ImageTensors.ToImages(made), tile);
            product.Done++;
        }

        return product;
    }

    private StageProduct Whole(CascadeRun run, StageSteps steps, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var small = run.SmallPictures(2).Whole();                             // (B, 3, h, w)
        var (embeddings, noise, size) = (run.Embeddings!, run.NextNoise(2), run.Sizes.Stage2);
        var options = run.Request.Stage2 with { NumImagesPerPrompt = 1, Width = size.Width, Height = size.Height, Store = run.Store(2) };
        var result = run.Request.Start switch
        {
            CascadeStart.Variation start => _vary.Generate(
                small,
                run.Start!.Picture(size),
                embeddings,
                noise,
                new IFImg2ImgSuperResolutionOptions { Strength = start.Stage2Strength, NoiseLevel = options.NoiseLevel }.SampledAs(options),
                steps.Of(),
                cancellation),
            CascadeStart.Inpainting start => _inpaint.Generate(
                small,
                run.Start!.Picture(size),
                run.Start!.Mask(size),
                embeddings,
                noise,
                new IFInpaintingSuperResolutionOptions { Strength = start.Stage2Strength, NoiseLevel = options.NoiseLevel }.SampledAs(options),
                steps.Of(),
                cancellation),
            _ => _enlarge.Generate(small, embeddings, noise, options, steps.Of(), cancellation),
        };
        return new(OnCpu(result)) { Noise = run.NoiseState() };               // (B, 3, H, W)
    }

    /// <inheritdoc/>
    protected override void FinishOne(CascadeRun run, CascadeBatch batch)
    {
        var product = run.Product(2);
        using var none = product.Whole is null ? empty(product.Assembled.Count, 3, 0, 0) : null;
        var pictures = product.Whole is { } images ? ImageTensors.ToImages(images) : product.Assembled;
        Finish(run, product.Whole ?? none!, Checkpoint.Check(pictures), Checkpoint.Mark, batch);
    }
}

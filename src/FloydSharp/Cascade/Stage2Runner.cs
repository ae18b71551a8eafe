using FloydSharp.IO.Imaging;
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
    /// <param name="small">The pictures to enlarge.</param>
    /// <param name="embeddings">The prompts. Not disposed.</param>
    /// <returns>Owned by the caller.</returns>
    public StageResult Run(CascadeRun run, SmallPictures small, PromptEmbeddings embeddings)
    {
        var (request, options, factor) = (run.Request, run.Request.Stage2, run.Sizes.Stage2.Width / run.Sizes.Stage1.Width);
        var tiles = StageTiles.Of(request.Start, small, Math.Max(1, Checkpoint.SampleSize / factor), CascadeSizes.Fit(1, factor, Checkpoint.SizeMultiple));
        run.Report.Load(2, Checkpoint.UNet, run.Cancellation);
        IReadOnlyList<ImageBuffer>? assembled = null;
        var images = run.Report.Phase(2, CascadePhase.Denoise, Checkpoint.UNet.Name, () =>
        {
            if (tiles is null)
                return OnCpu(Denoise(run, small, embeddings));
            assembled = Enlarge(run, tiles, factor, embeddings);
            return empty(assembled.Count, 3, 0, 0);
        });
        Checkpoint.UNet.Free();
        var info = Describe(Checkpoint.Folder, PipelineOf(request).Scheduler, request, options, options.NoiseLevel);
        return run.Finish(info, images, () => Checkpoint.Check(assembled ?? ImageTensors.ToImages(images)), Checkpoint.Mark, Checkpoint.SafetyChecker) with { Assembled = assembled };
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

    private IReadOnlyList<ImageBuffer> Enlarge(CascadeRun run, StageTiles tiles, int factor, PromptEmbeddings embeddings)
    {
        var result = tiles.Blank(factor);
        for (var i = 0; i < tiles.All.Count; i++)
        {
            using var scope = NewDisposeScope();
            var tile = tiles.All[i];
            using var noise = tiles.Noise(run, 2, tile);
            var options = run.Request.Stage2 with { NumImagesPerPrompt = 1, Width = tile.Width * factor, Height = tile.Height * factor };
            using var made = _enlarge.Generate(tiles.Part(tile), embeddings, noise, options, run.Report.Steps(2, i, tiles.All.Count), run.Cancellation);
            tiles.Put(result, ImageTensors.ToImages(made), tile);
        }

        return result;
    }

    private Tensor Denoise(CascadeRun run, SmallPictures smallPictures, PromptEmbeddings embeddings)
    {
        using var scope = NewDisposeScope();
        var small = smallPictures.Whole();                                    // (B, 3, h, w)
        var (noise, steps, size) = (run.NextNoise(), run.Report.Steps(2), run.Sizes.Stage2);
        var options = run.Request.Stage2 with { NumImagesPerPrompt = 1, Width = size.Width, Height = size.Height };
        var result = run.Request.Start switch
        {
            CascadeStart.Variation start => _vary.Generate(
                small,
                run.Start!.Picture(size),
                embeddings,
                noise,
                new IFImg2ImgSuperResolutionOptions { Strength = start.Stage2Strength, NoiseLevel = options.NoiseLevel }.SampledAs(options),
                steps,
                run.Cancellation),
            CascadeStart.Inpainting start => _inpaint.Generate(
                small,
                run.Start!.Picture(size),
                run.Start!.Mask(size),
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

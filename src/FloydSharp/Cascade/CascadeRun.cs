using FloydSharp.Noise;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>One request on its way through the stages: its noise, its start picture, and what the stages so far say about it.</summary>
internal sealed class CascadeRun(CascadeRequest request, StageSizes sizes, StartFrame? start, CascadeProgress report, CancellationToken cancellation) : IDisposable
{
    private readonly List<StageInfo> _stages = [.. request.Candidates?.Pictures[0].Stages ?? []];
    private NoiseSource? _noise;

    /// <summary>What is made.</summary>
    public CascadeRequest Request => request;

    /// <summary>The sizes of the stages.</summary>
    public StageSizes Sizes => sizes;

    /// <summary>The picture that the run starts from; null where there is none.</summary>
    public StartFrame? Start => start;

    /// <summary>Who is told.</summary>
    public CascadeProgress Report => report;

    /// <summary>Stops the run.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>The noise of the next stage: the one so far, or a new one from the seed. Owned by this run.</summary>
    public NoiseSource NextNoise()
    {
        if (_noise is not null && !request.ReseedStages)
            return _noise;
        _noise?.Dispose();
        return _noise = request.ImageSeeds is { } seeds ? NoiseSource.PerImage(seeds) : NoiseSource.FromSeed(request.Seed);
    }

    /// <summary>What the first stage enlarges, where it is not stage I.</summary>
    public SmallPictures SmallPictures() => request.Candidates is { } candidates
        ? new(candidates.Images)
        : new(start!.Small(request.FirstStage == 2 ? sizes.Stage1 : sizes.Stage2), request.PromptCount * request.ImagesPerPrompt);

    /// <summary>The noise of an enlarged picture's cell, the same whichever tile asks.</summary>
    /// <param name="stage">2 or 3.</param>
    /// <param name="column">The cell's column.</param>
    /// <param name="row">Its row.</param>
    /// <returns>Owned by the caller.</returns>
    public NoiseSource CellNoise(int stage, int column, int row) => request.ImageSeeds is { } seeds
        ? NoiseSource.PerImage([.. seeds.Select(seed => CellSeed.Of(seed, stage, column, row))])
        : NoiseSource.FromSeed(CellSeed.Of(request.Seed, stage, column, row));

    /// <summary>Ends a stage: makes pictures that know how they were made, and tells.</summary>
    /// <param name="stage">The stage's settings.</param>
    /// <param name="images">Its tensor; goes into the result, or is disposed where that fails.</param>
    /// <param name="toPictures">Makes the pictures, without a mark.</param>
    /// <param name="mark">Draws the watermark on them.</param>
    /// <param name="safety">The safety checker that this uses, if any; freed afterwards.</param>
    public StageResult Finish(
        StageInfo stage, Tensor images, Func<IReadOnlyList<Picture>> toPictures, Func<IReadOnlyList<Picture>, IReadOnlyList<Picture>> mark, Component<ImageSafety>? safety)
    {
        try
        {
            _stages.Add(stage);
            if (safety is not null)
                report.Load(stage.Stage, safety, cancellation);
            var pictures = report.Phase(stage.Stage, CascadePhase.Finish, "pictures", () =>
                start is not null && stage.Stage == start.LastStage ? start.Finish(toPictures(), mark) : mark(toPictures()));
            safety?.Free();
            var result = new StageResult(stage.Stage, images, [.. pictures.Select((p, i) => new CascadePicture(p, Describe(stage, p, i, pictures.Count)))]);
            report.Report(new CascadeEvent.StageFinished(result));
            return result;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>Frees the noise.</summary>
    public void Dispose() => _noise?.Dispose();

    private PictureInfo Describe(StageInfo stage, Picture picture, int index, int count)
    {
        var prompt = index / request.ImagesPerPrompt;
        var candidate = request.Candidates?.Pictures[index];
        return new()
        {
            Profile = request.Profile,
            Prompt = request.PromptTexts.ElementAtOrDefault(prompt) ?? "",
            NegativePrompt = request.NegativePromptTexts.ElementAtOrDefault(request.NegativePromptTexts.Count == 1 ? 0 : prompt) ?? "",
            StylePrompt = request.StylePromptTexts.ElementAtOrDefault(request.StylePromptTexts.Count == 1 ? 0 : prompt),
            Start = request.Start?.Kind,
            Seed = request.ImageSeeds?[index] ?? request.Seed,
            ReseedStages = request.ReseedStages,
            Stage = stage.Stage,
            Index = candidate?.Index ?? index,
            BatchSize = candidate?.BatchSize ?? count,
            Width = picture.Image.Width,
            Height = picture.Image.Height,
            Stages = [.. _stages],
            NsfwDetected = picture.NsfwDetected,
            WatermarkDetected = picture.WatermarkDetected,
            Software = PictureInfo.ThisSoftware,
        };
    }
}

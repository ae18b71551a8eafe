using FloydSharp.IO.Imaging;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>One request on its way through the stages: its noise, its start picture, and what the stages so far say about it.</summary>
internal sealed class CascadeRun(CascadeRequest request, StageSizes sizes, CascadeProgress report, CancellationToken cancellation) : IDisposable
{
    private readonly List<StageInfo> _stages = [.. request.Candidates?.Pictures[0].Stages ?? []];
    private NoiseSource? _noise;

    /// <summary>What is made.</summary>
    public CascadeRequest Request => request;

    /// <summary>The sizes of the stages.</summary>
    public StageSizes Sizes => sizes;

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

    /// <summary>The start picture at a stage's size, its edges cut off where the shape differs.</summary>
    /// <returns>(1, 3, H, W), float32 on the CPU, in [-1, 1]; owned by the caller.</returns>
    public Tensor StartPicture((int Width, int Height) size) =>
        ImageTensors.FromImages([PictureFit.Cover(request.Start!.Picture.ToRgb(), size.Width, size.Height)]);

    /// <summary>The mask at a stage's size.</summary>
    /// <returns>(1, 1, H, W), float32 on the CPU, in [0, 1]; owned by the caller.</returns>
    public Tensor StartMask((int Width, int Height) size) =>
        ImageTensors.FromMasks([PictureFit.Cover(((CascadeStart.Inpainting)request.Start!).Mask.ToGrey(), size.Width, size.Height)]);

    /// <summary>The picture that the first stage enlarges, once per result.</summary>
    /// <returns>(results, 3, h, w), float32 on the CPU, in [-1, 1]; owned by the caller.</returns>
    public Tensor SmallPicture()
    {
        if (request.Candidates is { } candidates)
            return candidates.Images.alias();
        using var scope = NewDisposeScope();
        var start = request.Start!;
        var (width, height) = start.FirstStage == 2 ? sizes.Stage1 : sizes.Stage2;
        var picture = ImageTensors.FromImages([PictureFit.Middle(start.Picture.ToRgb(), width, height)]);            // (1, 3, h, w)
        return picture.repeat(request.PromptCount * request.ImagesPerPrompt, 1, 1, 1).MoveToOuterDisposeScope();     // (B, 3, h, w)
    }

    /// <summary>Ends a stage: makes pictures that know how they were made, and tells.</summary>
    /// <param name="stage">The stage's settings.</param>
    /// <param name="images">Its tensor; goes into the result, or is disposed where that fails.</param>
    /// <param name="toPictures">Makes the pictures.</param>
    /// <param name="safety">The safety checker that this uses, if any; freed afterwards.</param>
    public StageResult Finish(StageInfo stage, Tensor images, Func<IReadOnlyList<Picture>> toPictures, Component<ImageSafety>? safety)
    {
        try
        {
            _stages.Add(stage);
            if (safety is not null)
                report.Load(stage.Stage, safety, cancellation);
            var pictures = report.Phase(stage.Stage, CascadePhase.Finish, "pictures", toPictures);
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

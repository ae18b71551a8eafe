using FloydSharp.Cascade.Records;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO.Imaging;
using FloydSharp.Native;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// One request on its way through the stages: its embeddings, its noise, what the stages so far made of it. Owns these, except
/// for what is handed out in <see cref="Results"/> when they are kept.
/// </summary>
internal sealed class CascadeRun(int number, CascadeRequest request, StageSizes sizes, StartFrame? start, CascadeOptions options, IReadOnlyList<int> cascadeStages, CascadeRunFolder? folder) : IDisposable
{
    private static readonly Lazy<string> _libtorch = new(() => LibtorchReport.Collect().Version);

    private readonly Dictionary<int, StageProduct> _products = [];
    private readonly List<StageResult> _results = [];
    private readonly Dictionary<int, IReadOnlyList<ImageBuffer>> _handedOver = [];
    private NoiseSource? _noise;
    private PromptEmbeddings? _embeddings;
    private RequestRecord? _record;

    /// <summary>Its number among those that run together, from 0.</summary>
    public int Number => number;

    /// <summary>What is made.</summary>
    public CascadeRequest Request => request;

    /// <summary>The sizes of the stages.</summary>
    public StageSizes Sizes => sizes;

    /// <summary>The picture that the run starts from; null where there is none.</summary>
    public StartFrame? Start => start;

    /// <summary>The first stage that runs.</summary>
    public int FirstStage => request.FirstStage;

    /// <summary>The last stage that runs.</summary>
    public int LastStage => request.RestsAfterStage1 ? 1 : request.LastStage ?? cascadeStages[^1];

    /// <summary>How what this goes on with was made; null for a request that is whole.</summary>
    public PictureInfo? Candidate => request.Candidates?.Pictures[request.CandidatePlace];

    /// <summary>What stages that were finished gave, where it is kept.</summary>
    public IReadOnlyList<StageResult> Results => _results;

    /// <summary>The settings of each stage by number, known before anything runs.</summary>
    public Dictionary<int, StageInfo> Stages { get; } = [];

    /// <summary>Steps of each stage by number.</summary>
    public Dictionary<int, int> Steps { get; } = [];

    /// <summary>Everything that decides the result; of a candidate's, what a whole run is asked to make the same.</summary>
    public RequestRecord Record => _record ??= Candidate is null
        ? RequestRecord.Of(Sized(), cascadeStages.Where(s => s <= LastStage || request.Start is not null), FinishRecord.Of(options))
        : AfterStage1(Candidate.Request!);

    /// <summary>The embeddings for stages I and II: given, kept from before, or made; null while there are none.</summary>
    public PromptEmbeddings? Embeddings => _embeddings ??= folder?.EmbeddingsOf(number)?.Rows(0, request.PromptCount) ?? request.OwnEmbeddings();

    /// <summary>Takes embeddings that were made.</summary>
    public void Take(PromptEmbeddings embeddings) => _embeddings = embeddings;

    /// <summary>Whether the UNet of a stage has done its work.</summary>
    public bool HasProduct(int stage) => _products.ContainsKey(stage) || folder?.HasProduct(number, stage) == true;

    /// <summary>Whether a stage's pictures were handed out.</summary>
    public bool IsFinished(int stage) => folder?.IsFinished(number, stage) == true;

    /// <summary>What the UNet of a stage made. Owned by this object.</summary>
    public StageProduct Product(int stage)
    {
        if (!_products.TryGetValue(stage, out var product))
            _products[stage] = product = folder!.ReadProduct(number, stage);
        return product;
    }

    /// <summary>Keeps what the UNet of a stage made. Owned by this object from now on.</summary>
    public void Keep(int stage, StageProduct product)
    {
        _products[stage] = product;
        folder?.KeepProduct(number, stage, product);
    }

    /// <summary>The tiles of a stage that were done before the run was stopped; null for none.</summary>
    public StageProduct? TilesBefore(int stage) => folder?.ReadTiles(number, stage);

    /// <summary>Keeps the tiles of a stage so far. Not disposed.</summary>
    public void KeepTiles(int stage, StageProduct product) => folder?.OfferTiles(number, stage, product);

    /// <summary>Lets go of what a stage made, once nothing needs it.</summary>
    public void Forget(int stage)
    {
        if (_products.Remove(stage, out var product))
            product.Dispose();
        _handedOver.Remove(stage);
    }

    /// <summary>Adds the pictures that went in, by their hashes.</summary>
    public void CollectInputs(IDictionary<string, ImageBuffer> pictures)
    {
        if (request.Start is not { } given)
            return;
        pictures[Record.Start!.Picture.Sha256] = given.Picture;
        if (given is CascadeStart.Inpainting inpainting)
            pictures[Record.Start.Mask!.Sha256] = inpainting.Mask;
    }

    /// <summary>Writes what has been made so far to the folder of the run.</summary>
    public void WriteTo(RunFiles files)
    {
        foreach (var (stage, product) in _products)
            files.WriteProduct(number, stage, product);
        foreach (var (stage, pictures) in _handedOver)
            files.WriteHandedOver(number, stage, pictures);
    }

    /// <summary>Where a stage's denoising keeps its state; null for nowhere.</summary>
    /// <param name="stage">1 to 3.</param>
    /// <param name="tile">Which tile is denoised, from 0; 0 for whole pictures.</param>
    public IDenoisingStore? Store(int stage, int tile = 0) => folder is null ? null : new StageStore(folder, number, stage, tile);

    /// <summary>The noise of a stage: the one so far, or a new one from the seed. Owned by this run.</summary>
    public NoiseSource NextNoise(int stage)
    {
        if (_noise is not null && !request.ReseedStages)
            return _noise;
        var continued = _noise is null && stage > FirstStage;
        _noise?.Dispose();
        _noise = request.ImageSeeds is { } seeds ? NoiseSource.PerImage(seeds) : NoiseSource.FromSeed(request.Seed);
        // A run that is continued takes up the noise where the stage before left it.
        if (continued && !request.ReseedStages)
            _noise.SetState(Product(stage - 1).Noise);

        return _noise;
    }

    /// <summary>The state of the noise now; empty before any was drawn.</summary>
    public byte[] NoiseState() => _noise?.GetState() ?? [];

    /// <summary>What a stage enlarges: the stage before's pictures, or what was given.</summary>
    public SmallPictures SmallPictures(int stage)
    {
        if (stage > FirstStage && request.HandOverPictures)
            return new(HandedOver(stage - 1));
        if (stage > FirstStage)
            return Product(stage - 1) is { Whole: { } images } ? new(images) : new(Product(stage - 1).Assembled);
        return request.Candidates is { } candidates
            ? new(candidates.Images[request.CandidatePlace])
            : new(start!.Small(stage == 2 ? sizes.Stage1 : sizes.Stage2), request.PromptCount * request.ImagesPerPrompt);
    }

    /// <summary>The noise of an enlarged picture's cell, the same whichever tile asks.</summary>
    /// <param name="stage">2 or 3.</param>
    /// <param name="column">The cell's column.</param>
    /// <param name="row">Its row.</param>
    /// <returns>Owned by the caller.</returns>
    public NoiseSource CellNoise(int stage, int column, int row) => request.ImageSeeds is { } seeds
        ? NoiseSource.PerImage([.. seeds.Select(seed => CellSeed.Of(seed, stage, column, row))])
        : NoiseSource.FromSeed(CellSeed.Of(request.Seed, stage, column, row));

    /// <summary>Ends a stage: makes a result of its pictures, which know how they were made, tells, and takes note.</summary>
    /// <param name="stage">1 to 3.</param>
    /// <param name="images">The stage's tensor; not disposed.</param>
    /// <param name="pictures">Its pictures.</param>
    /// <param name="checkpoints">What the components contain.</param>
    /// <param name="report">Who is told.</param>
    /// <param name="keep">Whether the result goes into <see cref="Results"/>.</param>
    public void Finish(int stage, Tensor images, IReadOnlyList<Picture> pictures, IReadOnlyDictionary<string, string> checkpoints, CascadeProgress report, bool keep)
    {
        var result = new StageResult(stage, images.alias(), [.. pictures.Select((p, i) => new CascadePicture(p, Describe(stage, p, i, pictures.Count, checkpoints)))]);
        _results.Add(result);
        report.Report(new CascadeEvent.StageFinished(result) { Request = number });
        if (request.HandOverPictures && stage < LastStage)
        {
            _handedOver[stage] = [.. pictures.Select(p => p.Image)];
            folder?.KeepHandedOver(number, stage, _handedOver[stage]);
        }

        folder?.Finish(number, stage);
        if (keep)
            return;
        _results.Remove(result);
        result.Dispose();
    }

    /// <summary>Hands the results over to the caller.</summary>
    /// <param name="memory">How much memory the phases took.</param>
    public CascadeResult HandOver(IReadOnlyList<PhaseMemory> memory)
    {
        List<StageResult> results = [.. _results];
        _results.Clear();
        return new(results) { Memory = memory };
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _noise?.Dispose();
        _embeddings?.Dispose();
        foreach (var product in _products.Values)
            product.Dispose();
        foreach (var result in _results)
            result.Dispose();
    }

    private IReadOnlyList<ImageBuffer> HandedOver(int stage)
    {
        if (!_handedOver.TryGetValue(stage, out var pictures))
            _handedOver[stage] = pictures = folder!.ReadHandedOver(number, stage);
        return pictures;
    }

    // The size follows from all stages' shapes; written out, fewer stages make the same picture.
    private CascadeRequest Sized() => FirstStage > 1
        ? request
        : request with { Stage1 = request.Stage1 with { Width = sizes.Stage1.Width, Height = sizes.Stage1.Height } };

    private PictureInfo Describe(int stage, Picture picture, int index, int count, IReadOnlyDictionary<string, string> checkpoints)
    {
        var prompt = index / request.ImagesPerPrompt;
        return new()
        {
            Version = PictureInfo.Known,
            Profile = request.Profile,
            Prompt = request.PromptTexts.ElementAtOrDefault(prompt) ?? "",
            NegativePrompt = request.NegativePromptTexts.ElementAtOrDefault(request.NegativePromptTexts.Count == 1 ? 0 : prompt) ?? "",
            StylePrompt = request.StylePromptTexts.ElementAtOrDefault(request.StylePromptTexts.Count == 1 ? 0 : prompt),
            Start = request.Start?.Kind,
            Seed = request.ImageSeeds?[index] ?? request.Seed,
            ReseedStages = request.ReseedStages,
            Stage = stage,
            Index = index,
            BatchSize = count,
            Width = picture.Image.Width,
            Height = picture.Image.Height,
            Stages = [.. Candidate?.Stages ?? [], .. Stages.Where(s => s.Key >= FirstStage && s.Key <= stage).OrderBy(s => s.Key).Select(s => s.Value)],
            // Sizes and the last stage's geometry follow from all stages where a picture was given; everything else depends on the
            // stages up to this one.
            Request = !IsOneRun ? null : request.Start is not null ? Record : Record with { Stages = [.. Record.Stages.Where(s => s.Stage <= stage)] },
            Forms = LoadRecord.OfForms(options.Load),
            TextEncoder = options.TextEncoderLoad is { } text ? LoadRecord.Of(text) : null,
            Checkpoints = checkpoints,
            NsfwDetected = picture.NsfwDetected,
            WatermarkDetected = picture.WatermarkDetected,
            Software = PictureInfo.ThisSoftware,
            Libtorch = _libtorch.Value,
            Threads = Threads,
        };
    }

    private RequestRecord AfterStage1(RequestRecord made)
    {
        var later = RequestRecord.Of(request, cascadeStages.Where(s => s > 1), FinishRecord.Of(options));
        return later with { Embeddings = made.Embeddings, Stages = [made.Stages.First(s => s.Stage == 1), .. later.Stages] };
    }

    private int? Threads => options.Load.Device.type == TorchSharp.DeviceType.CPU ? get_num_threads() : null;

    // Whether one run could have made all stages; not where a candidate was made by another program, or in another way.
    private bool IsOneRun
    {
        get
        {
            if (Candidate is not { Stages: [var first, ..] } made)
                return true;
            var now = Stages[FirstStage];
            return (made.Software, made.Libtorch, made.Threads) == (PictureInfo.ThisSoftware, _libtorch.Value, Threads)
                && (first.DType, first.Variant, first.Device) == (now.DType, now.Variant, now.Device)
                && (!request.HandOverPictures || made.Request!.Finish == Record.Finish);
        }
    }
}

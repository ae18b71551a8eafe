using FloydSharp.Cascade.Runs;
using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Memory;
using FloydSharp.Native;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Planning;

namespace FloydSharp.Cascade;

/// <summary>
/// Stages I, II and III in turn: text, a picture, or a picture under a mask to 64x64, 256x256 and 1024x1024; or a picture through
/// the later stages alone. Each model is loaded when it is needed and freed before the next one loads; tensors are handed from
/// stage to stage.
/// </summary>
public sealed class IFCascade : IDisposable
{
    private readonly Stage1Runner? _stage1;
    private readonly Stage2Runner? _stage2;
    private readonly Stage3Runner? _stage3;

    private readonly CascadeOptions _options;

    private IFCascade(CascadeOptions options)
    {
        _options = options;
        var components = new IFComponentsOptions
        {
            Load = options.Load,
            TextEncoderLoad = options.TextEncoderLoad,
            TextEncoderFolder = options.TextEncoderFolder,
            TokenizerFolder = options.TokenizerFolder,
            SafetyChecker = options.SafetyChecker,
            SafetyRule = options.SafetyRule,
            Watermark = options.Watermark,
            WatermarkerFolder = options.WatermarkerFolder,
        };
        _stage1 = options.Stage1 is { } one ? new(one, components with { ComponentLoads = options.LoadsOf(1) }, options.Load) : null;
        _stage2 = options.Stage2 is { } two ? new(two, components with { ComponentLoads = options.LoadsOf(2) }, options.Load) : null;
        _stage3 = options.Stage3 is { } three ? new(three, new() { Load = options.Load, ComponentLoads = options.LoadsOf(3), TokenizerFolder = options.ClipTokenizerFolder }, () => options.Stage3Watermark ? _stage2?.Checkpoint.Watermarker ?? _stage1?.Checkpoint.Watermarker : null) : null;
    }

    /// <summary>The last stage that runs, 1 to 3.</summary>
    public int LastStage => _stage3 is not null ? 3 : _stage2 is not null ? 2 : 1;

    /// <summary>The components that are in memory now, such as <c>stage 1 unet</c>.</summary>
    public IReadOnlyList<string> LoadedComponents => [.. Runners.SelectMany(r => r.Components).Where(c => c.IsLoaded).Select(c => c.Name)];

    /// <summary>The sizes that the stages can make together.</summary>
    /// <exception cref="FloydException">There is no stage I.</exception>
    public CascadeSizes Sizes => CascadeSizes.Of((_stage1 ?? throw NoStage(1)).Checkpoint, _stage2?.Checkpoint, _stage3?.Checkpoint);

    private IEnumerable<StageRunner> Runners => new StageRunner?[] { _stage1, _stage2, _stage3 }.OfType<StageRunner>();

    // Stage II's checkpoint has the same text encoder as stage I's.
    private IFComponents? TextCheckpoint => _stage1?.Checkpoint ?? _stage2?.Checkpoint;

    /// <summary>Opens the checkpoints; reads configurations only.</summary>
    /// <exception cref="FloydException">A checkpoint is missing, damaged or asks for something that is not supported.</exception>
    public static IFCascade Open(CascadeOptions options)
    {
        options.Validate();
        return new(options);
    }

    /// <summary>Encodes prompts with stage I's text encoder, and frees it.</summary>
    /// <param name="request">Prompts, negative prompts, cleaning.</param>
    /// <param name="progress">Told about loading, encoding and cut prompts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Embeddings on the CPU; owned by the caller.</returns>
    /// <exception cref="FloydException">The cascade has neither stage I nor II, or the text encoder cannot be loaded.</exception>
    public PromptEmbeddings Encode(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default)
    {
        using var threads = ThreadCount.Of(_options.Threads);
        using var reuse = ReuseWith(new(Places, cancellation));
        return PromptRunner.Run(TextCheckpoint, reuse, [(request, IsGuided(request))], new CascadeProgress(progress, _options), cancellation)[0];
    }

    /// <summary>Says what of a request cannot be done, as <see cref="Generate"/> does before it loads anything.</summary>
    /// <exception cref="FloydException">The request is not possible.</exception>
    public void Check(CascadeRequest request)
    {
        using var run = Open(0, request, null);
    }

    /// <summary>
    /// Looks at a request's texts as the text encoders will see them, before minutes are spent: tokens, what is cut, what cleaning
    /// deletes. Reads tokenizers only.
    /// </summary>
    /// <param name="request">Texts and cleaning; texts whose embeddings are given are read by stage III alone.</param>
    /// <returns>Each distinct text once per encoder and role; empty ones are left out.</returns>
    /// <exception cref="FloydException">A tokenizer is missing or damaged, or a text is too long to be cleaned.</exception>
    public IReadOnlyList<CheckedPrompt> CheckPrompts(CascadeRequest request)
    {
        List<CheckedPrompt> result = [];
        if (TextCheckpoint is { } text && request.FirstStage < 3 && request.Embeddings is null)
        {
            var tokenizer = text.LoadTokenizer();
            Add(0, PromptRole.Prompt, request.Prompts, t => PromptFacts.ForT5(t, tokenizer, request.CleanCaption));
            Add(0, PromptRole.Negative, request.NegativePrompts, t => PromptFacts.ForT5(t, tokenizer, request.CleanCaption));
            Add(0, PromptRole.Style, request.StylePrompts, t => PromptFacts.ForT5(t, tokenizer, request.CleanCaption));
        }

        if (_stage3 is not null && request.LastStage is null or 3)
        {
            var tokenizer = _stage3.Checkpoint.LoadTokenizer();
            Add(3, PromptRole.Prompt, request.PromptTexts, t => PromptFacts.ForClip(t, tokenizer));
            Add(3, PromptRole.Negative, request.NegativePromptTexts, t => PromptFacts.ForClip(t, tokenizer));
        }

        return result;

        void Add(int stage, PromptRole role, IReadOnlyList<string> texts, Func<string, PromptFacts> check) =>
            result.AddRange(texts.Distinct().Where(t => t.Length > 0).Select(t => new CheckedPrompt(stage, role, check(t))));
    }

    /// <summary>
    /// What the components of the checkpoints contain: SHA-256 over their files, by the names that <see cref="PictureInfo.Checkpoints"/>
    /// has. Large files are read for it once, and remembered by path, size and time of change.
    /// </summary>
    /// <param name="cancellation">Stops the reading.</param>
    public IReadOnlyDictionary<string, string> HashCheckpoints(CancellationToken cancellation = default) =>
        new CheckpointHashes(Places, cancellation).Of([0, 1, 2, 3]);

    /// <summary>Runs all stages, from the one that <see cref="CascadeRequest.Start"/> begins with.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="progress">Told about phases, steps and finished stages.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The results of all stages; owned by the caller.</returns>
    /// <exception cref="FloydException">The request is not possible, or a checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing stays in memory.</exception>
    public CascadeResult Generate(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default)
    {
        using var batch = Run([request], new CascadeProgress(progress, _options), null, keep: true, cancellation);
        return batch.Runs[0].HandOver(batch.Report.Memory);
    }

    /// <summary>
    /// Runs many requests stage by stage, so that each model is loaded once. Pictures are handed out by
    /// <see cref="CascadeEvent.StageFinished"/> as they are finished and are not kept. Each request's result is the one that it has
    /// alone. Where each picture shall be independent of all others, give requests of <see cref="CascadeRequest.PerPicture"/>.
    /// </summary>
    /// <param name="requests">What to make; all are checked before anything is loaded.</param>
    /// <param name="progress">Told about phases, steps and finished stages.</param>
    /// <param name="folder">Where the run keeps its state, and what it continues from; null keeps nothing. Removed when the run ends well. Not disposed.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <exception cref="FloydException">A request is not possible, a checkpoint is damaged, or was changed since the run began.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing stays in memory.</exception>
    public void GenerateAll(
        IReadOnlyList<CascadeRequest> requests, IProgress<CascadeEvent>? progress = null, CascadeRunFolder? folder = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        Run(requests, new CascadeProgress(progress, _options), folder, keep: false, cancellation).Dispose();
        folder?.Complete();
    }

    /// <summary>
    /// Says where the components of a run would sit and how much memory its phases will need, from headers and configurations;
    /// nothing is loaded.
    /// </summary>
    /// <param name="requests">What is to be made together.</param>
    /// <param name="budget">What may be used; null for what is free now.</param>
    /// <param name="support">What is to be thought of as possible; null for what this cascade can run.</param>
    /// <exception cref="FloydException">A request is not possible, a checkpoint is damaged, or nothing fits: with the numbers and the smallest budget that would do.</exception>
    public MemoryPlan Plan(IReadOnlyList<CascadeRequest> requests, MemoryBudget? budget = null, PlacementSupport? support = null)
    {
        ArgumentNullException.ThrowIfNull(requests);
        List<CascadeRun> runs = [];
        try
        {
            foreach (var request in requests)
                runs.Add(Open(runs.Count, request, null));
            var components = new CascadePlanner(_options, runs).List(AllTextsAreKept(requests) ? null : TextCheckpoint, _stage1, _stage2, _stage3);
            return MemoryPlan.Choose(components, budget ?? _options.Load.FreeNow(), support ?? CascadePlanExtensions.Supported);
        }
        finally
        {
            runs.ForEach(r => r.Dispose());
        }
    }

    /// <summary>
    /// Makes small pictures with stage I alone, to choose from: what later stages make of them is decided by
    /// <see cref="CascadeRequest.Enlarge"/>. Each picture is made by itself, its stages seeded anew.
    /// </summary>
    /// <param name="requests">What to make, from text, variations or inpaintings; whole runs that rest after stage I.</param>
    /// <param name="progress">Told about phases, steps and each picture.</param>
    /// <param name="folder">Where the run keeps its state, and what it continues from; null keeps nothing. To be removed with <see cref="CascadeRunFolder.Discard"/> once the candidates are saved. Not disposed.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>Numbered as the requests come; owned by the caller.</returns>
    /// <exception cref="FloydException">A request is not possible, or a checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing stays in memory.</exception>
    public Candidates MakeCandidates(
        IReadOnlyList<CascadeRequest> requests, IProgress<CascadeEvent>? progress = null, CascadeRunFolder? folder = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        if (requests.Any(r => r.FirstStage != 1))
            throw new FloydException("Candidates are made by stage I; the request begins with a later one.");
        var ones = requests.SelectMany(r => r.PerPicture()).Select(r => r with { ReseedStages = true, RestsAfterStage1 = true }).ToList();
        using var batch = Run(ones, new CascadeProgress(progress, _options), folder, keep: true, cancellation);
        return Candidates.Of(batch.Runs);
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (var runner in Runners)
            runner.Dispose();
    }

    private static FloydException NoStage(int stage) =>
        new($"The cascade has no stage {stage switch { 1 => "I", 2 => "II", _ => "III" }}, where this begins; give a checkpoint for it.");

    private IReadOnlyList<ComponentPlace> Places =>
    [
        .. TextCheckpoint is { } text ? ComponentPlace.OfText(text.Folder, _options) : [],
        .. Runners.SelectMany(r => ComponentPlace.Of(r.Number, r.Folder, _options)),
    ];

    private EmbeddingReuse? ReuseWith(CheckpointHashes hashes) =>
        _options.EmbeddingCache is { } folder ? new(new(folder), _options.TextEncoderLoad ?? _options.Load, hashes) : null;

    // Texts that were encoded before need no text encoder.
    private bool AllTextsAreKept(IReadOnlyList<CascadeRequest> requests)
    {
        var read = requests.Where(r => r.FirstStage < 3 && r.Embeddings is null).ToList();
        if (TextCheckpoint is not { } text || read.Count == 0)
            return false;
        using var reuse = ReuseWith(new(Places, default));
        return reuse is not null && PromptRunner.AreKept(text, reuse, [.. read.Select(r => (r, IsGuided(r)))]);
    }

    private CascadeBatch Run(IReadOnlyList<CascadeRequest> requests, CascadeProgress report, CascadeRunFolder? folder, bool keep, CancellationToken cancellation)
    {
        // A run that is continued sums as it did before, or it would end in other bytes.
        using var threads = ThreadCount.Of(_options.Threads ?? folder?.Record?.Options.Threads);
        // Plans count live tensors; an allocator that keeps freed ones would break them.
        if (_options.Plan is not null)
            HostMemory.ReturnFreedBlocks();
        KeepToPlan(_options);
        List<CascadeRun> runs = [];
        CascadeBatch? batch = null;
        try
        {
            foreach (var request in requests)
                runs.Add(Open(runs.Count, request, folder));
            var places = Places;
            batch = new([.. Runners], runs, new(places, cancellation), report, keep, cancellation);
            Attach(folder, batch, places);
            using var next = new NextModel(places, _options);
            report.Begins = (stage, phase) => next.Begin(phase, stage, batch);
            using var reuse = ReuseWith(batch.Hashes);
            batch.Run(unread =>
            {
                var made = PromptRunner.Run(TextCheckpoint, reuse, [.. unread.Select(r => (r.Request, IsGuided(r.Request)))], report, cancellation);
                foreach (var (run, embeddings) in unread.Zip(made))
                    run.Take(embeddings);
            });
            return batch;
        }
        catch
        {
            runs.ForEach(r => r.Dispose());
            foreach (var runner in Runners)
                runner.Free();
            throw;
        }
    }

    // Also takes back what a plan before it said.
    private static void KeepToPlan(CascadeOptions options)
    {
        if (options.Load.Device.type != TorchSharp.DeviceType.CUDA)
            return;
        var gpu = Math.Max(0, options.Load.Device.index);
        // The first tensor sets libtorch's pool up.
        using var first = TorchSharp.torch.zeros(1, device: options.Load.Device);
        DeviceMemory.Limit(gpu, options.Plan?.Budget.Vram is { } most ? Math.Max(0, most - PlanConstants.Cuda.Context) : null);
    }

    private void Attach(CascadeRunFolder? folder, CascadeBatch batch, IReadOnlyList<ComponentPlace> places)
    {
        if (folder is null || batch.Runs.Count == 0)
            return;
        var candidates = batch.Runs[0].Request.Candidates;
        if (batch.Runs.Any(r => r.Request.Candidates != candidates))
            throw new FloydException("The requests go on with different files of candidates; give those of one file, or no folder to keep the run in.");
        var stamps = CheckpointHashes.Stamps(places);
        if (folder.Record is { } record)
        {
            var changed = stamps.Keys.Union(record.Stamps.Keys).FirstOrDefault(name => stamps.GetValueOrDefault(name) != record.Stamps.GetValueOrDefault(name));
            if (changed is not null)
                throw new FloydException($"The files of {changed} were changed since the run in {folder.Path} began, so it cannot be continued; put them back, or delete that folder and start anew.");
            return;
        }

        folder.Attach(files => batch.WriteTo(files, new()
        {
            Version = RunRecord.Known,
            Software = PictureInfo.ThisSoftware,
            Options = RunOptionsRecord.Of(_options),
            Stamps = stamps,
            Requests = [.. batch.Runs.Select(r => r.Record)],
            Candidates = candidates is null ? null : [.. batch.Runs.Select(r => r.Request.CandidatePlace)],
            Note = folder.Note,
        }));
    }

    private bool IsGuided(CascadeRequest request) =>
        (_stage1 is not null && ClassifierFreeGuidance.IsOn(request.Stage1.GuidanceScale))
        || (_stage2 is not null && ClassifierFreeGuidance.IsOn(request.Stage2.GuidanceScale));

    // What a later stage cannot do is said before the first one has spent minutes.
    private CascadeRun Open(int number, CascadeRequest request, CascadeRunFolder? folder)
    {
        request.Validate();
        var (first, last) = (request.FirstStage, request.LastStage ?? LastStage);
        if (Runners.All(r => r.Number != first))
            throw NoStage(first);
        if (last < first || last > LastStage)
            throw new FloydException($"The run is to end with stage {last}; this cascade can end it with {(first == LastStage ? $"stage {first}" : $"stages {first} to {LastStage}")}.");
        if (last == 3 && request.PromptTexts.Count != request.PromptCount)
            throw new FloydException("Stage III reads the prompt itself, but the embeddings carry no text; give the prompt too.");
        var sizes = StageSizes.Of(request, _stage1?.Checkpoint, _stage2?.Checkpoint, _stage3?.Checkpoint);
        var factor = (first == 2 ? sizes.Stage2.Width / sizes.Stage1.Width : 1) * (last == 3 ? _stage3!.Checkpoint.VaeConfig.SpatialFactor : 1);
        var start = request.Start is { } given ? new StartFrame(given, sizes, last, factor) : null;
        var run = new CascadeRun(number, request, sizes, start, _options, [.. Runners.Select(r => r.Number)], folder);
        foreach (var runner in Runners.Where(r => r.Number >= first && r.Number <= last))
            (run.Steps[runner.Number], run.Stages[runner.Number]) = runner.Prepare(request);
        if (first < 3)
            request.Embeddings?.CheckFits(TextCheckpoint!.UNetConfig);
        return run;
    }
}

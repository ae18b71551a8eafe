using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;

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
    private readonly bool _stage3Watermark;

    private IFCascade(CascadeOptions options)
    {
        var components = new IFComponentsOptions
        {
            Load = options.Load,
            TextEncoderFolder = options.TextEncoderFolder,
            TokenizerFolder = options.TokenizerFolder,
            SafetyChecker = options.SafetyChecker,
            SafetyRule = options.SafetyRule,
            Watermark = options.Watermark,
            WatermarkerFolder = options.WatermarkerFolder,
        };
        _stage3Watermark = options.Stage3Watermark;
        _stage1 = options.Stage1 is { } one ? new(one, components, options.Load) : null;
        _stage2 = options.Stage2 is { } two ? new(two, components, options.Load) : null;
        _stage3 = options.Stage3 is { } three ? new(three, new() { Load = options.Load, TokenizerFolder = options.ClipTokenizerFolder }) : null;
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
    public PromptEmbeddings Encode(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default) =>
        Encode(request, new CascadeProgress(progress), cancellation);

    /// <summary>Says what of a request cannot be done, as <see cref="Generate"/> does before it loads anything.</summary>
    /// <exception cref="FloydException">The request is not possible.</exception>
    public void Check(CascadeRequest request) => CheckSizes(request);

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

    /// <summary>Runs all stages, from the one that <see cref="CascadeRequest.Start"/> begins with.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="progress">Told about phases, steps and finished stages.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The results of all stages; owned by the caller.</returns>
    /// <exception cref="FloydException">The request is not possible, or a checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing stays in memory.</exception>
    public CascadeResult Generate(CascadeRequest request, IProgress<CascadeEvent>? progress = null, CancellationToken cancellation = default)
    {
        var (sizes, start) = CheckSizes(request);
        var (first, last) = (request.FirstStage, Math.Min(LastStage, request.LastStage ?? LastStage));
        var report = new CascadeProgress(progress);
        using var run = new CascadeRun(request, sizes, start, report, cancellation);
        List<StageResult> results = [];
        try
        {
            using var own = first < 3 && request.Embeddings is null ? Encode(request, report, cancellation) : null;
            var embeddings = request.Embeddings ?? own;
            if (first == 1)
                results.Add(_stage1!.Run(run, embeddings!));
            if (first <= 2 && last >= 2)
                results.Add(_stage2!.Run(run, Small(run, results), embeddings!));
            if (last == 3)
                results.Add(_stage3!.Run(run, Small(run, results), _stage3Watermark ? _stage2?.Checkpoint.Watermarker ?? _stage1?.Checkpoint.Watermarker : null));
            return new(results);
        }
        catch
        {
            results.ForEach(r => r.Dispose());
            foreach (var runner in Runners)
                runner.Free();
            throw;
        }
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (var runner in Runners)
            runner.Dispose();
    }

    // What the next stage enlarges.
    private static SmallPictures Small(CascadeRun run, List<StageResult> results) =>
        results.Count == 0 ? run.SmallPictures()
        : run.Request.HandOverPictures ? new([.. results[^1].Pictures.Select(p => p.Picture.Image)])
        : new(results[^1]);

    private static FloydException NoStage(int stage) =>
        new($"The cascade has no stage {stage switch { 1 => "I", 2 => "II", _ => "III" }}, where this begins; give a checkpoint for it.");

    // What a later stage cannot do is said before the first one has spent minutes.
    private (StageSizes Sizes, StartFrame? Start) CheckSizes(CascadeRequest request)
    {
        request.Validate();
        var (first, last) = (request.FirstStage, request.LastStage ?? LastStage);
        if ((first switch { 1 => _stage1 as StageRunner, 2 => _stage2, _ => _stage3 }) is null)
            throw NoStage(first);
        if (last < first || last > LastStage)
            throw new FloydException($"The run is to end with stage {last}; this cascade can end it with {(first == LastStage ? $"stage {first}" : $"stages {first} to {LastStage}")}.");
        if (last == 3 && request.PromptTexts.Count != request.PromptCount)
            throw new FloydException("Stage III reads the prompt itself, but the embeddings carry no text; give the prompt too.");
        var sizes = StageSizes.Of(request, _stage1?.Checkpoint, _stage2?.Checkpoint, _stage3?.Checkpoint);
        if (first == 1)
            _stage1!.Prepare(request);
        if (first <= 2 && last >= 2)
            _stage2!.Prepare(request);
        if (first <= 2)
            request.Embeddings?.CheckFits(TextCheckpoint!.UNetConfig);
        if (last == 3)
            _stage3!.Prepare(request);
        var factor = (first == 2 ? sizes.Stage2.Width / sizes.Stage1.Width : 1) * (last == 3 ? _stage3!.Checkpoint.VaeConfig.SpatialFactor : 1);
        return (sizes, request.Start is { } start ? new StartFrame(start, sizes, last, factor) : null);
    }

    private PromptEmbeddings Encode(CascadeRequest request, CascadeProgress report, CancellationToken cancellation)
    {
        var guided = (_stage1 is not null && ClassifierFreeGuidance.IsOn(request.Stage1.GuidanceScale))
            || (_stage2 is not null && ClassifierFreeGuidance.IsOn(request.Stage2.GuidanceScale));
        return PromptRunner.Run(TextCheckpoint?.TextEncoder, request, guided, report, cancellation);
    }
}

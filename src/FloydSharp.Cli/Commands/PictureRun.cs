using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO;
using FloydSharp.Pipelines;

namespace FloydSharp.Cli.Commands;

/// <summary>What the verbs that make pictures do alike: check, open the models, run with progress, save pictures, report.</summary>
internal sealed class PictureRun
{
    // Short seeds make short file names.
    private const long MaxRandomSeed = 1L << 32;

    private readonly PictureVerbSettings _settings;
    private readonly CliHost _host;
    private readonly CascadeWork _work;
    private CascadeOptions _options = null!;

    /// <summary>Checks what can be wrong without models.</summary>
    /// <param name="settings">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <param name="noPrompt">What to say where there is neither prompt nor embeddings; null where none is needed.</param>
    public PictureRun(PictureVerbSettings settings, CliHost host, string? noPrompt)
    {
        (_settings, _host, _work) = (settings, host, new(host, settings.Json, settings.Quiet));
        (Seed, _, _, _) = (settings.Seed ?? Random.Shared.NextInt64(MaxRandomSeed), settings.Count, settings.Profile, settings.Saving);
        CheckText(noPrompt);
    }

    /// <summary>The seed of the run: the one that was given, or a random one.</summary>
    public long Seed { get; init; }

    /// <summary>What files are called after where there is no prompt.</summary>
    public string Name { get; init; } = "";

    /// <summary>Runs.</summary>
    /// <param name="options">The models and the machine.</param>
    /// <param name="request">What to make; the seed is added.</param>
    /// <param name="adapt">Fits the request to the models that are opened; null takes it as it is.</param>
    public void Run(CascadeOptions options, CascadeRequest request, Func<IFCascade, CascadeRequest, CascadeRequest>? adapt = null) =>
        RunAll(options, (cascade, _) => [(adapt?.Invoke(cascade, request) ?? request) with { Seed = Seed }]);

    /// <summary>Runs many.</summary>
    /// <param name="options">The models and the machine.</param>
    /// <param name="make">Makes the requests for the models that are opened, and says what is wrong.</param>
    public void RunAll(CascadeOptions options, Func<IFCascade, CascadeReporter, IReadOnlyList<CascadeRequest>> make)
    {
        _options = options with { EmbeddingCache = _settings.UsesEmbeddingCache ? _host.EmbeddingCache() : null };
        using var cascade = IFCascade.Open(_options);
        var note = new RunNote(Name, _settings.Manifest, KeepsCandidates);
        var folder = OutputFolder.Open(_settings.OutFolder);
        using var state = _settings.Saving is not { } saving ? null : CascadeRunFolder.ForNew(folder.Path, saving, note.ToString());
        var reporter = _work.Reporter(folder, state, note);
        _work.View.Run(() => Generate(cascade, make(cascade, reporter), reporter, state));
        _work.Report(options, Seed, reporter);
    }

    private bool KeepsCandidates => _settings.CandidateCount is not null;

    private void CheckText(string? noPrompt)
    {
        var prompts = _settings.Prompts;
        if (noPrompt is not null && _settings.EmbeddingsFile is null && prompts.Count == 0)
            throw new FloydException(noPrompt);
        if (_settings.EmbeddingsFile is not null && _settings.NegativePrompts.Count > 0)
            throw new FloydException("--negative and --embeddings exclude each other: the embeddings carry their negative prompts; give --negative to floyd encode.");
        if (_settings.EmbeddingsFile is not null && _settings.Styles.Count > 0)
            throw new FloydException("--style and --embeddings exclude each other: the embeddings carry their style; give --style to floyd encode.");
        if (_settings.EmbeddingsFile is not null && _settings.NoCleanCaption)
            throw new FloydException("--no-clean-caption and --embeddings exclude each other: the embeddings are made already; give --no-clean-caption to floyd encode.");
        if (_settings.EmbeddingsFile is not null && _settings.SaveEmbeddingsFile is not null)
            throw new FloydException("--save-embeddings and --embeddings exclude each other: there is nothing new to save.");
        if (_settings.SaveEmbeddingsFile is { } file)
            OutputFolder.CheckNewFile("--save-embeddings", file);
    }

    private void Generate(IFCascade cascade, IReadOnlyList<CascadeRequest> requests, CascadeReporter reporter, CascadeRunFolder? state)
    {
        if (_settings.CandidateCount is { } count)
            requests = [.. requests.Select(r => r with { ImagesPerPrompt = count })];
        var request = requests[0];
        if (_settings.Seed is null && request.Candidates is null)
            _work.View.Note($"seed {Seed}");
        if (requests.Count == 1 && request.Candidates is null && request.Stage1 is { Width: { } width, Height: { } height })
            _work.View.Note($"size {width * cascade.Sizes.Scale}x{height * cascade.Sizes.Scale}, stage I {width}x{height}");
        using var given = _settings.EmbeddingsFile is { } file ? PromptEmbeddings.Load(file) : null;
        if (given is { Prompts.Count: > 0 } && request.Prompts.Count > 0 && !given.Prompts.SequenceEqual(request.Prompts))
            reporter.Warn($"--embeddings decide what stages I and II draw, \"{Printable.Of(given.Prompts[0], 80)}\"; the prompt given with them names files and is read by stage III alone");
        requests = [.. requests.Select(r => r with { Embeddings = given ?? r.Embeddings })];
        foreach (var one in requests)
            cascade.Check(one);
        WarnOfTexts(cascade, requests, reporter);
        using var planned = Planned(cascade, ref requests);
        cascade = planned ?? cascade;

        using var made = requests[0].Embeddings is null && _settings.SaveEmbeddingsFile is not null
            ? cascade.Encode(requests[0], reporter, _host.Cancellation)
            : null;
        if (_settings.SaveEmbeddingsFile is { } kept)
            made!.Save(kept);
        requests = [.. requests.Select(r => r with { Embeddings = made ?? r.Embeddings })];
        if (KeepsCandidates)
            _work.MakeCandidates(cascade, requests, reporter, state);
        else if (_settings.SharedNoise)
            _work.Run(cascade, requests, reporter, state);
        else
            _work.Run(cascade, [.. requests.SelectMany(r => r.PerPicture())], reporter, state);
    }

    // With a budget the run is planned before anything is loaded, and runs in a cascade that keeps to the plan.
    private IFCascade? Planned(IFCascade cascade, ref IReadOnlyList<CascadeRequest> requests)
    {
        if (_settings.Budget(_options.Load) is not { } budget)
            return null;
        var together = _settings.SharedNoise || KeepsCandidates || requests[0].Candidates is not null;
        var plan = cascade.Plan(together ? requests : [.. requests.SelectMany(r => r.PerPicture())], budget);
        _work.View.Note($"memory: {PlanWriter.Peaks(plan)}");
        requests = [.. requests.Select(plan.ApplyTo)];
        return IFCascade.Open(plan.ApplyTo(_options));
    }

    // All texts at once, so that tokenizers are read once.
    private static void WarnOfTexts(IFCascade cascade, IReadOnlyList<CascadeRequest> requests, CascadeReporter reporter)
    {
        var all = requests.Count == 1 ? requests[0] : requests[0] with
        {
            Prompts = [.. requests.SelectMany(r => r.Prompts)],
            NegativePrompts = [.. requests.SelectMany(r => r.NegativePrompts)],
            StylePrompts = [.. requests.SelectMany(r => r.StylePrompts)],
        };
        foreach (var warning in PromptWords.Warnings(cascade.CheckPrompts(all)))
            reporter.Warn(warning);
    }
}

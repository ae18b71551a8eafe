using FloydSharp.Cascade;
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
    private readonly long _start;

    /// <summary>Checks what can be wrong without models.</summary>
    /// <param name="settings">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <param name="noPrompt">What to say where there is neither prompt nor embeddings; null where none is needed.</param>
    public PictureRun(PictureVerbSettings settings, CliHost host, string? noPrompt)
    {
        (_settings, _host, _start) = (settings, host, host.Clock.GetTimestamp());
        (Seed, _, _) = (settings.Seed ?? Random.Shared.NextInt64(MaxRandomSeed), settings.Count, settings.Profile);
        CheckText(noPrompt);
    }

    /// <summary>The seed of the run: the one that was given, or a random one.</summary>
    public long Seed { get; init; }

    /// <summary>Whether the run's pictures are candidates: each has a seed of its own, and they are kept to be enlarged later.</summary>
    public bool KeepsCandidates { get; init; }

    /// <summary>What files are called after where there is no prompt.</summary>
    public string Name { get; init; } = "";

    /// <summary>Runs.</summary>
    /// <param name="options">The models and the machine.</param>
    /// <param name="request">What to make; the seed is added.</param>
    /// <param name="adapt">Fits the request to the models that are opened; null takes it as it is.</param>
    public void Run(CascadeOptions options, CascadeRequest request, Func<IFCascade, CascadeRequest, CascadeRequest>? adapt = null)
    {
        using var cascade = IFCascade.Open(options);
        request = (adapt?.Invoke(cascade, request) ?? request) with { Seed = Seed };
        var folder = OutputFolder.Open(_settings.OutFolder);

        var view = ProgressView.For(_host, _settings.Quiet);
        var reporter = new CascadeReporter(view, folder, printPaths: !_settings.Json, Name);
        view.Run(() => Generate(cascade, request, reporter, view));

        if (_settings.Json)
        {
            Json.Write(_host.Out, new GenerateReport(
                Seed,
                options.Load.Device.ToString(),
                options.Load.EffectiveDType.ToString().ToLowerInvariant(),
                reporter.Files,
                reporter.CandidatesFile,
                reporter.ContactSheet,
                reporter.Timings,
                reporter.Warnings,
                Math.Round(_host.Clock.GetElapsedTime(_start).TotalSeconds, 3)));
        }
    }

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

    private void Generate(IFCascade cascade, CascadeRequest request, CascadeReporter reporter, ProgressView view)
    {
        if (_settings.Seed is null && request.Candidates is null)
            view.Note($"seed {Seed}");
        if (request.Stage1 is { Width: { } width, Height: { } height })
            view.Note($"size {width * cascade.Sizes.Scale}x{height * cascade.Sizes.Scale}, stage I {width}x{height}");
        using var given = _settings.EmbeddingsFile is { } file ? PromptEmbeddings.Load(file) : null;
        request = request with { Embeddings = given ?? request.Embeddings };
        if (given is { Prompts.Count: > 0 } && request.Prompts.Count > 0 && !given.Prompts.SequenceEqual(request.Prompts))
            reporter.Warn($"--embeddings decide what stages I and II draw, \"{Printable.Of(given.Prompts[0], 80)}\"; the prompt given with them names files and is read by stage III alone");
        cascade.Check(request);
        foreach (var warning in PromptWords.Warnings(cascade.CheckPrompts(request)))
            reporter.Warn(warning);

        using var made = request.Embeddings is null && (KeepsCandidates || _settings.SaveEmbeddingsFile is not null)
            ? cascade.Encode(request, reporter, _host.Cancellation)
            : null;
        if (_settings.SaveEmbeddingsFile is { } kept)
            made!.Save(kept);
        request = request with { Embeddings = made ?? request.Embeddings };
        if (KeepsCandidates)
            request = request with { ImageSeeds = [.. Enumerable.Range(0, request.PromptCount * request.ImagesPerPrompt).Select(i => Seed + (i % request.ImagesPerPrompt))] };
        using var result = cascade.Generate(request, reporter, _host.Cancellation);
        if (!KeepsCandidates)
            return;
        using var candidates = Candidates.Of(result, request.Embeddings!);
        reporter.Keep(candidates, [.. result.Pictures.Select(p => p.Picture.Image)]);
    }
}

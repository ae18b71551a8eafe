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
    private readonly long _seed;

    /// <summary>Checks what can be wrong without models.</summary>
    /// <param name="settings">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <param name="noPrompt">What to say where there is neither prompt nor embeddings; null where none is needed.</param>
    public PictureRun(PictureVerbSettings settings, CliHost host, string? noPrompt)
    {
        (_settings, _host, _start) = (settings, host, host.Clock.GetTimestamp());
        (_seed, _) = (settings.Seed ?? Random.Shared.NextInt64(MaxRandomSeed), settings.Count);
        CheckText(noPrompt);
    }

    /// <summary>What files are called after where there is no prompt.</summary>
    public string Name { get; init; } = "";

    /// <summary>Runs.</summary>
    /// <param name="options">The models and the machine.</param>
    /// <param name="request">What to make; the seed is added.</param>
    /// <param name="adapt">Fits the request to the models that are opened; null takes it as it is.</param>
    public void Run(CascadeOptions options, CascadeRequest request, Func<IFCascade, CascadeRequest, CascadeRequest>? adapt = null)
    {
        using var cascade = IFCascade.Open(options);
        request = (adapt?.Invoke(cascade, request) ?? request) with { Seed = _seed };
        var folder = OutputFolder.Open(_settings.OutFolder);

        var view = ProgressView.For(_host, _settings.Quiet);
        var reporter = new CascadeReporter(view, folder, printPaths: !_settings.Json, Name);
        view.Run(() => Generate(cascade, request, reporter, view));

        if (_settings.Json)
        {
            Json.Write(_host.Out, new GenerateReport(
                _seed,
                options.Load.Device.ToString(),
                options.Load.EffectiveDType.ToString().ToLowerInvariant(),
                reporter.Files,
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
        if (_settings.EmbeddingsFile is not null && !_settings.CleanCaption)
            throw new FloydException("--no-clean-caption and --embeddings exclude each other: the embeddings are made already; give --no-clean-caption to floyd encode.");
        if (_settings.EmbeddingsFile is not null && _settings.SaveEmbeddingsFile is not null)
            throw new FloydException("--save-embeddings and --embeddings exclude each other: there is nothing new to save.");
        if (_settings.SaveEmbeddingsFile is { } file)
            OutputFolder.CheckNewFile("--save-embeddings", file);
    }

    private void Generate(IFCascade cascade, CascadeRequest request, CascadeReporter reporter, ProgressView view)
    {
        if (_settings.Seed is null)
            view.Note($"seed {_seed}");
        if (request.Stage1 is { Width: { } width, Height: { } height })
            view.Note($"size {width * cascade.Sizes.Scale}x{height * cascade.Sizes.Scale}, stage I {width}x{height}");
        using var embeddings = Embeddings(cascade, request, reporter);
        using var result = cascade.Generate(request with { Embeddings = embeddings }, reporter, _host.Cancellation);
    }

    private PromptEmbeddings? Embeddings(IFCascade cascade, CascadeRequest request, CascadeReporter reporter)
    {
        var embeddings = _settings.EmbeddingsFile is { } given ? PromptEmbeddings.Load(given)
            : _settings.SaveEmbeddingsFile is not null ? cascade.Encode(request, reporter, _host.Cancellation)
            : null;
        if (_settings.SaveEmbeddingsFile is { } file)
            embeddings!.Save(file);
        if (_settings.EmbeddingsFile is not null && request.Prompts.Count > 0 && embeddings is { Prompts.Count: > 0 } && !embeddings.Prompts.SequenceEqual(request.Prompts))
            reporter.Warn($"--embeddings decide what stages I and II draw, \"{Printable.Of(embeddings.Prompts[0], 80)}\"; the prompt given with them names files and is read by stage III alone");
        return embeddings;
    }
}

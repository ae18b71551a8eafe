using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO;
using FloydSharp.Pipelines;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd generate</c>: a prompt becomes pictures.</summary>
internal sealed class GenerateCommand(GenerateSettings settings, CliHost host)
{
    // Short seeds make short file names.
    private const long MaxRandomSeed = 1L << 32;

    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new GenerateSettings();
        return settings.ToCommand(
            "generate", "Make pictures from a prompt, with stage I alone, I and II, or all three.", () => new GenerateCommand(settings, host).Run());
    }

    private void Run()
    {
        var start = host.Clock.GetTimestamp();
        var (seed, _) = (settings.Seed ?? Random.Shared.NextInt64(MaxRandomSeed), settings.Count);
        CheckText();
        var models = settings.Models(host);
        var request = settings.ToRequest(models, seed);
        var options = settings.ToCascadeOptions(models);
        using var cascade = IFCascade.Open(options);
        request = Sized(request, cascade);
        var folder = OutputFolder.Open(settings.OutFolder);

        var view = ProgressView.For(host, settings.Quiet);
        var reporter = new CascadeReporter(view, folder, printPaths: !settings.Json);
        view.Run(() => Generate(cascade, request, reporter, view));

        if (settings.Json)
        {
            Json.Write(host.Out, new GenerateReport(
                request.Seed,
                options.Load.Device.ToString(),
                options.Load.EffectiveDType.ToString().ToLowerInvariant(),
                reporter.Files,
                reporter.Timings,
                reporter.Warnings,
                Math.Round(host.Clock.GetElapsedTime(start).TotalSeconds, 3)));
        }
    }

    private void CheckText()
    {
        if (settings.EmbeddingsFile is null && settings.Prompts.Count == 0)
            throw new FloydException("There is no prompt; give one, such as floyd generate \"a red panda\", or --embeddings FILE.");
        if (settings.EmbeddingsFile is not null && settings.NegativePrompts.Count > 0)
            throw new FloydException("--negative and --embeddings exclude each other: the embeddings carry their negative prompts; give --negative to floyd encode.");
        if (settings.EmbeddingsFile is not null && !settings.CleanCaption)
            throw new FloydException("--no-clean-caption and --embeddings exclude each other: the embeddings are made already; give --no-clean-caption to floyd encode.");
        if (settings.EmbeddingsFile is not null && settings.SaveEmbeddingsFile is not null)
            throw new FloydException("--save-embeddings and --embeddings exclude each other: there is nothing new to save.");
        if (settings.SaveEmbeddingsFile is { } file)
            OutputFolder.CheckNewFile("--save-embeddings", file);
    }

    private void Generate(IFCascade cascade, CascadeRequest request, CascadeReporter reporter, ProgressView view)
    {
        if (settings.Seed is null)
            view.Note($"seed {request.Seed}");
        if (request.Stage1 is { Width: { } width, Height: { } height })
            view.Note($"size {width * cascade.Sizes.Scale}x{height * cascade.Sizes.Scale}, stage I {width}x{height}");
        using var embeddings = Embeddings(cascade, request, reporter);
        using var result = cascade.Generate(request with { Embeddings = embeddings }, reporter, host.Cancellation);
    }

    private PromptEmbeddings? Embeddings(IFCascade cascade, CascadeRequest request, CascadeReporter reporter)
    {
        var embeddings = settings.EmbeddingsFile is { } given ? PromptEmbeddings.Load(given)
            : settings.SaveEmbeddingsFile is not null ? cascade.Encode(request, reporter, host.Cancellation)
            : null;
        if (settings.SaveEmbeddingsFile is { } file)
            embeddings!.Save(file);
        if (settings.EmbeddingsFile is not null && request.Prompts.Count > 0 && embeddings is { Prompts.Count: > 0 } && !embeddings.Prompts.SequenceEqual(request.Prompts))
            reporter.Warn($"--embeddings decide what stages I and II draw, \"{Printable.Of(embeddings.Prompts[0], 80)}\"; the prompt given with them names files and is read by stage III alone");
        return embeddings;
    }

    private CascadeRequest Sized(CascadeRequest request, IFCascade cascade)
    {
        if (settings.SizeOn(() => new SizeGrid(cascade.Sizes.Sample, cascade.Sizes.Multiple, cascade.Sizes.Scale)) is not { } size)
            return request;
        return request with { Stage1 = request.Stage1 with { Width = size.Width, Height = size.Height } };
    }
}

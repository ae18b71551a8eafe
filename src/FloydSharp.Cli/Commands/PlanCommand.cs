using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Output;
using FloydSharp.Native;
using FloydSharp.Planning;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd plan</c>: where the models would sit, and what each phase would need, before anything is loaded.</summary>
internal sealed class PlanCommand(PlanSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new PlanSettings();
        return settings.ToCommand("plan", "Show where the models would sit and how much memory each phase would need.", () => new PlanCommand(settings, host).Run());
    }

    private void Run()
    {
        NativeLibraries.EnsureLoaded();
        // Says what is no option before it says which checkpoint is missing.
        _ = settings.Prompts;
        var models = settings.Models(host);
        var options = settings.ToCascadeOptions(models) with { EmbeddingCache = settings.UsesEmbeddingCache && settings.Prompts.Count > 0 ? host.EmbeddingCache() : null };
        using var cascade = IFCascade.Open(options);
        var request = settings.ToRequest(models);
        if (settings.SizeOn(() => new(cascade.Sizes.Sample, cascade.Sizes.Multiple, cascade.Sizes.Scale)) is { } size)
            request = request with { Stage1 = request.Stage1 with { Width = size.Width, Height = size.Height } };
        var plan = cascade.Plan(settings.SharedNoise ? [request] : request.PerPicture(), settings.Budget(options.Load), PlacementSupport.All);
        if (settings.Json)
            Json.Write(host.Out, PlanReport.Of(plan));
        else
            PlanWriter.Write(plan, host.Out);
    }
}

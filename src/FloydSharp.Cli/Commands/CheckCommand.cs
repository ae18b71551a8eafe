using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd check</c>: what the text encoders will read of a prompt.</summary>
internal sealed class CheckCommand(CheckSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new CheckSettings();
        return settings.ToCommand(
            "check", "Show what is read of a prompt: tokens, what is cut off, what caption cleaning deletes.", () => new CheckCommand(settings, host).Run());
    }

    private void Run()
    {
        var request = new CascadeRequest
        {
            Prompts = settings.Prompts,
            NegativePrompts = settings.NegativePrompts,
            StylePrompts = settings.Styles,
            CleanCaption = settings.CleanCaption,
        };
        using var cascade = IFCascade.Open(settings.Models(host).Options);
        var prompts = cascade.CheckPrompts(request);
        if (settings.Json)
            Json.Write<IReadOnlyList<PromptReport>>(host.Out, [.. prompts.Select(Report)]);
        else
            Print(prompts);
    }

    private void Print(IReadOnlyList<CheckedPrompt> prompts)
    {
        var columns = new Columns(host.Out);
        foreach (var (index, prompt) in prompts.Index())
        {
            if (index > 0)
                host.Out.WriteLine();
            var facts = prompt.Facts;
            columns.Row(prompt.Role.ToString().ToLowerInvariant(), facts.Prompt);
            columns.Row("encoder", prompt.Stage == 3 ? "CLIP, stage III" : "T5, stages I and II");
            columns.Row("reads", facts.Text);
            columns.Row("tokens", $"{facts.TokenCount} of {facts.MaxTokens}");
            if (facts.Cut is { } cut)
                columns.Row("cut off", cut.Trim());
            if (PromptWords.Cleaning(facts) is { } cleaning)
                columns.Row("cleaning", $"{cleaning}; --no-clean-caption keeps it");
            if (facts.Unknown.Count > 0)
                columns.Row("unknown", $"{string.Join(' ', facts.Unknown)} (no tokens; spell it in Latin letters)");
            if (facts.HasCapitals)
                columns.Row("capitals", "read as small letters, as in training");
        }
    }

    private static PromptReport Report(CheckedPrompt prompt) => new(
        prompt.Role.ToString().ToLowerInvariant(),
        prompt.Stage == 3 ? "clip" : "t5",
        prompt.Facts.Prompt,
        prompt.Facts.Text,
        prompt.Facts.TokenCount,
        prompt.Facts.MaxTokens,
        prompt.Facts.Cut,
        prompt.Facts.CleanCaption,
        [.. prompt.Facts.Changes.Select(c => new PromptReportChange(c.Before, c.After, c.Kind.ToString().ToLowerInvariant()))],
        prompt.Facts.Unknown,
        prompt.Facts.HasCapitals);
}

using FloydSharp.Cascade;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Pipelines;

namespace FloydSharp.Cli.Progress;

/// <summary>Words for what becomes of a prompt.</summary>
internal static class PromptWords
{
    // More than this on a line helps nobody.
    private const int MaxShown = 12;

    /// <summary>What a person should know before the run.</summary>
    public static IEnumerable<string> Warnings(IEnumerable<CheckedPrompt> prompts) => prompts.SelectMany(Warnings);

    /// <summary>What cleaning does, such as <c>deletes "(", ")" and changes "12x8" to "x"</c>; null where it does nothing.</summary>
    public static string? Cleaning(PromptFacts facts)
    {
        var deleted = facts.Changes.Where(c => c.IsDeletion).Select(c => Quoted(c.Before)).Distinct().ToList();
        var changed = facts.Changes.Where(c => !c.IsDeletion).Select(c => c.Before.Length == 0 ? $"nothing to {Quoted(c.After)}" : $"{Quoted(c.Before)} to {Quoted(c.After)}").Distinct().ToList();
        var parts = new[] { deleted.Count > 0 ? $"deletes {Few(deleted)}" : null, changed.Count > 0 ? $"changes {Few(changed)}" : null }.OfType<string>().ToList();
        return parts.Count > 0 ? string.Join(" and ", parts) : null;
    }

    private static IEnumerable<string> Warnings(CheckedPrompt prompt)
    {
        var facts = prompt.Facts;
        var what = prompt.Role switch { PromptRole.Negative => "the negative prompt", PromptRole.Style => "the style", _ => "the prompt" };
        if (Cleaning(facts) is { } cleaning)
            yield return $"caption cleaning {cleaning} in {what}; --no-clean-caption keeps it";
        if (facts.Unknown.Count > 0)
            yield return $"the text encoder has no token for {Few([.. facts.Unknown.Select(Quoted)])} in {what}; spell it in Latin letters";
        if (facts.Cut is { } cut)
            yield return PromptCut.Describe(new CutPrompt(facts.Prompt, cut, facts.TokenCount, facts.MaxTokens), prompt.Stage == 3 ? "stage III's text encoder" : "the text encoder");
    }

    private static string Few(List<string> items) =>
        items.Count <= MaxShown ? string.Join(", ", items) : $"{string.Join(", ", items.Take(MaxShown))} and {items.Count - MaxShown} more";

    private static string Quoted(string text) => text.Contains('"') ? $"'{text}'" : $"\"{text}\"";
}

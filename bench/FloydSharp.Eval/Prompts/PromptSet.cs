namespace FloydSharp.Eval.Prompts;

/// <summary>Sets of prompts by name.</summary>
internal static class PromptSet
{
    /// <summary>All prompts by number.</summary>
    public static IReadOnlyDictionary<int, HeldOutPrompt> ById { get; } = HeldOutPrompt.All.Concat(NaturalPrompts.All).ToDictionary(p => p.Id);

    /// <summary>Some prompts of a set, spread over it.</summary>
    /// <param name="name">held-out, natural or all.</param>
    /// <param name="count">How many at most, at least 1.</param>
    public static IReadOnlyList<HeldOutPrompt> Spread(string name, int count)
    {
        HeldOutPrompt[] all = name switch
        {
            "held-out" => [.. HeldOutPrompt.All],
            "natural" => [.. NaturalPrompts.All],
            _ => [.. HeldOutPrompt.All, .. NaturalPrompts.All],
        };
        count = Math.Clamp(count, 1, all.Length);
        return [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Length / count)])];
    }
}

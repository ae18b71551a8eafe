using FloydSharp.IO;

namespace FloydSharp.Eval.Prompts;

/// <summary>Sets of prompts by name.</summary>
internal static class PromptSet
{
    /// <summary>All prompts by number.</summary>
    public static IReadOnlyDictionary<int, HeldOutPrompt> ById { get; } = HeldOutPrompt.All.Concat(NaturalPrompts.All).ToDictionary(p => p.Id);

    /// <summary>Some prompts of a set, spread over it.</summary>
    /// <param name="name">held-out, natural or all.</param>
    /// <param name="group">Only prompts of this group; null for all.</param>
    /// <param name="count">How many at most, at least 1.</param>
    /// <exception cref="FloydException">The set has none of that group.</exception>
    public static IReadOnlyList<HeldOutPrompt> Spread(string name, string? group, int count)
    {
        HeldOutPrompt[] all = name switch
        {
            "held-out" => [.. HeldOutPrompt.All],
            "natural" => [.. NaturalPrompts.All],
            _ => [.. HeldOutPrompt.All, .. NaturalPrompts.All],
        };
        if (group is not null)
            all = [.. all.Where(p => p.Group == group)];
        if (all.Length == 0)
            throw new FloydException($"The set {name} has no prompts of the group {group}.");
        count = Math.Clamp(count, 1, all.Length);
        return [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Length / count)])];
    }
}

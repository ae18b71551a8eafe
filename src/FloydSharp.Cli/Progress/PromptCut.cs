using FloydSharp.Pipelines;

namespace FloydSharp.Cli.Progress;

/// <summary>Words for a prompt that was too long.</summary>
internal static class PromptCut
{
    /// <summary>What was cut.</summary>
    /// <param name="cut">The prompt.</param>
    /// <param name="reader">Who cannot read it all.</param>
    public static string Describe(CutPrompt cut, string reader) =>
        $"the prompt has {cut.TokenCount} tokens, {reader} reads {cut.MaxTokens}; cut off: \"{cut.Removed.Trim()}\"";
}

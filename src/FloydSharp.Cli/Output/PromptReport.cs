namespace FloydSharp.Cli.Output;

/// <summary>A text as <c>floyd check --json</c> prints it.</summary>
/// <param name="Role">prompt, negative or style.</param>
/// <param name="Encoder">t5 (stages I and II) or clip (stage III).</param>
/// <param name="Prompt">The text.</param>
/// <param name="Read">What the encoder reads of it before tokenization.</param>
/// <param name="Tokens">Tokens of the whole text.</param>
/// <param name="MaxTokens">Tokens that are read.</param>
/// <param name="Cut">The end that is not read; null where all is.</param>
/// <param name="Cleaned">Whether it was cleaned.</param>
/// <param name="Changes">What cleaning deletes or changes.</param>
/// <param name="Unknown">Characters without a token.</param>
/// <param name="HasCapitals">Whether there are capitals, which are read as small letters.</param>
internal sealed record PromptReport(
    string Role,
    string Encoder,
    string Prompt,
    string Read,
    int Tokens,
    int MaxTokens,
    string? Cut,
    bool Cleaned,
    IReadOnlyList<PromptReportChange> Changes,
    IReadOnlyList<string> Unknown,
    bool HasCapitals);

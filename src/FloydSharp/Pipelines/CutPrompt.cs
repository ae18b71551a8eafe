namespace FloydSharp.Pipelines;

/// <summary>A prompt that was longer than the text encoder takes.</summary>
/// <param name="Prompt">The whole prompt.</param>
/// <param name="Removed">The text at its end that the model does not see.</param>
/// <param name="TokenCount">Tokens of the whole prompt.</param>
/// <param name="MaxTokens">Tokens that the model sees.</param>
public sealed record CutPrompt(string Prompt, string Removed, int TokenCount, int MaxTokens);

using System.Text;

namespace FloydSharp.IO.Tokenizers;

/// <summary>What becomes of a prompt before a text encoder sees it; found without loading a model.</summary>
public sealed record PromptFacts
{
    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>What is left of it before tokenization: cleaned, or in lower case.</summary>
    public required string Text { get; init; }

    /// <summary>Whether it was cleaned.</summary>
    public bool CleanCaption { get; init; }

    /// <summary>Tokens of the whole text, with those that begin and end it.</summary>
    public required int TokenCount { get; init; }

    /// <summary>Tokens that the text encoder reads.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>The end of the text that does not fit; null where all does.</summary>
    public string? Cut { get; init; }

    /// <summary>What cleaning deletes or changes, beyond lower case; empty where it is switched off or harmless.</summary>
    public IReadOnlyList<CaptionChange> Changes { get; init; } = [];

    /// <summary>Whether there are capitals, which no encoder here sees: the models were trained on lower case.</summary>
    public bool HasCapitals { get; init; }

    /// <summary>Characters, each once, that the encoder has no token for: those it would be given, and letters that cleaning deletes.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];

    /// <summary>Checks a prompt of stages I and II.</summary>
    /// <param name="prompt">Any text.</param>
    /// <param name="tokenizer">T5's tokenizer.</param>
    /// <param name="cleanCaption">Whether it will be cleaned.</param>
    /// <exception cref="FloydException">The prompt is too long for cleaning.</exception>
    public static PromptFacts ForT5(string prompt, T5Tokenizer tokenizer, bool cleanCaption)
    {
        var plain = CaptionCleaner.Plain(prompt);
        var facts = Of(prompt, cleanCaption ? CaptionCleaner.Clean(prompt) : plain, tokenizer);
        return facts with
        {
            CleanCaption = cleanCaption,
            Changes = cleanCaption ? CaptionChange.Of(prompt) : [],
            Unknown = UnknownOf(facts.Text, plain, tokenizer),
        };
    }

    /// <summary>Checks a prompt of stage III.</summary>
    /// <param name="prompt">Any text; it is never cleaned.</param>
    /// <param name="tokenizer">CLIP's tokenizer.</param>
    public static PromptFacts ForClip(string prompt, ClipTokenizer tokenizer) => Of(prompt, prompt.ToLowerInvariant(), tokenizer);

    private static PromptFacts Of(string prompt, string text, ITokenizer tokenizer)
    {
        var tokens = tokenizer.Encode(text);
        return new()
        {
            Prompt = prompt,
            Text = text,
            TokenCount = tokens.TokenCount,
            MaxTokens = tokens.Ids.Length,
            Cut = tokens.Cut,
            HasCapitals = prompt.Any(char.IsUpper),
        };
    }

    // Letters that cleaning deletes would be lost without cleaning too; symbols that it replaces are not missed.
    private static IReadOnlyList<string> UnknownOf(string text, string plain, T5Tokenizer tokenizer) =>
    [
        .. plain.EnumerateRunes().Where(Rune.IsLetterOrDigit).Concat(text.EnumerateRunes().Where(r => !Rune.IsWhiteSpace(r)))
            .Distinct().Select(r => r.ToString()).Where(c => tokenizer.Encode(c).Ids.Contains(tokenizer.UnknownId)),
    ];
}

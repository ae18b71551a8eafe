using FloydSharp.IO.Tokenizers;

namespace FloydSharp.Pipelines;

/// <summary>Turns a prompt into the tokens of a text encoder: its caption made ready, then its tokenizer.</summary>
internal sealed class PromptTokenizer
{
    private readonly ITokenizer _tokenizer;
    private readonly Func<string, bool, string> _prepare;

    private PromptTokenizer(ITokenizer tokenizer, Func<string, bool, string> prepare) => (_tokenizer, _prepare) = (tokenizer, prepare);

    /// <summary>T5's: captions are cleaned as the training data was, or lower-cased and stripped.</summary>
    public static PromptTokenizer ForT5(T5Tokenizer tokenizer) =>
        new(tokenizer, (text, clean) => clean ? CaptionCleaner.Clean(text) : CaptionCleaner.Plain(text));

    /// <summary>CLIP's: captions stay as they are.</summary>
    public static PromptTokenizer ForClip(ClipTokenizer tokenizer) => new(tokenizer, (text, _) => text);

    /// <summary>Encodes a prompt.</summary>
    /// <param name="prompt">The prompt as it was given.</param>
    /// <param name="cleanCaption">Whether it is cleaned, where the encoder was trained on cleaned captions.</param>
    public TokenizedText Encode(string prompt, bool cleanCaption) => _tokenizer.Encode(_prepare(prompt, cleanCaption));

    /// <summary>What of a prompt was cut off; null for nothing.</summary>
    public static CutPrompt? CutOf(string prompt, TokenizedText tokens) =>
        tokens.Cut is { } removed ? new(prompt, removed, tokens.TokenCount, tokens.Ids.Length) : null;
}

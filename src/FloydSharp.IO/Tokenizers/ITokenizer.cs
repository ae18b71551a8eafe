namespace FloydSharp.IO.Tokenizers;

/// <summary>Turns text into the ids of a text encoder's vocabulary. Safe to use from several threads at once.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids of every encoded text: longer texts are cut, shorter ones padded.</summary>
    int MaxLength { get; }

    /// <summary>Encodes a text as it is; clean or lower-case it before (<see cref="CaptionCleaner"/>).</summary>
    /// <param name="text">Any text; lone surrogates count as U+FFFD.</param>
    /// <returns>Ids, mask, and what was cut off.</returns>
    TokenizedText Encode(string text);
}

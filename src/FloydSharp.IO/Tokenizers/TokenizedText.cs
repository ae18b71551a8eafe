namespace FloydSharp.IO.Tokenizers;

/// <summary>A text as a text encoder takes it.</summary>
public sealed record TokenizedText
{
    /// <summary>Token ids, padded to the tokenizer's <see cref="ITokenizer.MaxLength"/>; the last one before the padding ends the text.</summary>
    public required int[] Ids { get; init; }

    /// <summary>1 for each token of the text, 0 for padding; as long as <see cref="Ids"/>.</summary>
    public required int[] Mask { get; init; }

    /// <summary>Number of tokens before cutting, with the tokens that begin and end a text; above the limit if some were cut off.</summary>
    public required int TokenCount { get; init; }

    /// <summary>What did not fit and was cut off the end, as readable text; null when all of the text fitted.</summary>
    public string? Cut { get; init; }

    internal static TokenizedText Create(ReadOnlySpan<int> content, int? begin, int end, int padding, int maxLength, Func<int, string> textFrom)
    {
        var room = maxLength - (begin is null ? 1 : 2);
        var kept = content[..Math.Min(content.Length, room)];
        var ids = new int[maxLength];
        var mask = new int[maxLength];
        var count = 0;
        if (begin is { } first)
            ids[count++] = first;
        kept.CopyTo(ids.AsSpan(count));
        count += kept.Length;
        ids[count++] = end;
        ids.AsSpan(count).Fill(padding);
        mask.AsSpan(0, count).Fill(1);
        return new TokenizedText
        {
            Ids = ids,
            Mask = mask,
            TokenCount = content.Length + (begin is null ? 1 : 2),
            Cut = content.Length > room ? textFrom(room) : null,
        };
    }
}

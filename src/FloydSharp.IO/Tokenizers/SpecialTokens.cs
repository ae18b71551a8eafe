using System.Buffers;

namespace FloydSharp.IO.Tokenizers;

/// <summary>Finds special tokens that are spelled out in a text: the leftmost first, and of several there the longest.</summary>
internal sealed class SpecialTokens
{
    private readonly (string Text, int Id)[] _longestFirst;
    private readonly SearchValues<string> _any;

    public SpecialTokens(IReadOnlyDictionary<string, int> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(t => t.Key.Length).Select(t => (t.Key, t.Value))];
        _any = SearchValues.Create([.. tokens.Keys], StringComparison.Ordinal);
    }

    /// <summary>Cuts a text into stretches without special tokens (id null) and special tokens.</summary>
    public IEnumerable<(int Start, int Length, int? Id)> Split(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var found = text.AsSpan(start).IndexOfAny(_any);
            if (found != 0)
            {
                var length = found < 0 ? text.Length - start : found;
                yield return (start, length, null);
                start += length;
            }
            if (found < 0)
                yield break;
            foreach (var (token, id) in _longestFirst)
            {
                if (string.CompareOrdinal(text, start, token, 0, token.Length) == 0)
                {
                    yield return (start, token.Length, id);
                    start += token.Length;
                    break;
                }
            }
        }
    }
}

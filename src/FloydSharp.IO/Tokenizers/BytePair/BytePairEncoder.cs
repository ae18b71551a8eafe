namespace FloydSharp.IO.Tokenizers.BytePair;

/// <summary>Byte pair encoding of one word at a time (Sennrich et al. 2016, arXiv:1508.07909) over bytes, the last one marked as a word's end.</summary>
internal sealed class BytePairEncoder
{
    /// <summary>What the last token of a word ends in.</summary>
    public const string EndOfWord = "</w>";

    // Longer words are handled in stretches, so that memory stays small for any text.
    private const int LongestWord = 1 << 12;

    private readonly int[] _byteIds = new int[256];
    private readonly int[] _lastByteIds = new int[256];
    private readonly Dictionary<long, (int Rank, int Id)> _merges;

    /// <param name="vocabulary">Ids by token.</param>
    /// <param name="merges">For each pair of ids that is joined, its rank and the id of the whole.</param>
    /// <param name="unknown">The id for bytes that the vocabulary lacks.</param>
    public BytePairEncoder(Dictionary<string, int> vocabulary, Dictionary<long, (int Rank, int Id)> merges, int unknown)
    {
        _merges = merges;
        for (var i = 0; i < 256; i++)
        {
            var symbol = ByteAlphabet.CharacterOf((byte)i).ToString();
            _byteIds[i] = vocabulary.GetValueOrDefault(symbol, unknown);
            _lastByteIds[i] = vocabulary.GetValueOrDefault(symbol + EndOfWord, unknown);
        }
    }

    public static long Pair(int left, int right) => ((long)left << 32) | (uint)right;

    public void Encode(ReadOnlySpan<byte> word, List<int> ids)
    {
        while (word.Length > LongestWord)
        {
            EncodeStretch(word[..LongestWord], isEnd: false, ids);
            word = word[LongestWord..];
        }
        EncodeStretch(word, isEnd: true, ids);
    }

    private void EncodeStretch(ReadOnlySpan<byte> bytes, bool isEnd, List<int> ids)
    {
        var n = bytes.Length;
        var symbols = new int[n];
        var next = new int[n];
        var previous = new int[n];
        var pairs = new PriorityQueue<(int Left, long Pair), long>();
        for (var i = 0; i < n; i++)
        {
            symbols[i] = isEnd && i == n - 1 ? _lastByteIds[bytes[i]] : _byteIds[bytes[i]];
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (var i = 0; i + 1 < n; i++)
            Offer(i);

        while (pairs.TryDequeue(out var best, out _))
        {
            var (left, pair) = best;
            // Either side may have been joined with another symbol since.
            if (symbols[left] < 0 || next[left] >= n || Pair(symbols[left], symbols[next[left]]) != pair)
                continue;
            var right = next[left];
            symbols[left] = _merges[pair].Id;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < n)
                previous[next[left]] = left;
            if (previous[left] >= 0)
                Offer(previous[left]);
            if (next[left] < n)
                Offer(left);
        }
        for (var i = 0; i < n; i = next[i])
            ids.Add(symbols[i]);

        void Offer(int left)
        {
            var pair = Pair(symbols[left], symbols[next[left]]);
            if (_merges.TryGetValue(pair, out var merge))
                pairs.Enqueue((left, pair), Pair(merge.Rank, left));
        }
    }
}

using System.Text;

namespace FloydSharp.IO.Tokenizers.SentencePiece;

/// <summary>
/// Cuts normalized words into the pieces of the greatest total probability (Kudo 2018, arXiv:1804.10959), with scores added
/// in double precision word by word, as the reference's tokenizer does.
/// </summary>
internal sealed class UnigramEncoder
{
    // A word is handled in stretches of this length, so that memory stays small for any text.
    private const int LongestWord = 1 << 16;
    private const double UnknownPenalty = 10;

    private readonly SentencePieceModel _model;
    private readonly double _unknownScore;

    // A trie: (node, next character) leads to a node; each node may end a piece.
    private readonly Dictionary<long, int> _next;
    private readonly List<int> _pieceAt = [-1];

    public UnigramEncoder(SentencePieceModel model)
    {
        _model = model;
        _next = new Dictionary<long, int>(model.Pieces.Count * 3);
        var lowest = double.MaxValue;
        for (var id = 0; id < model.Pieces.Count; id++)
        {
            var (text, score, kind) = model.Pieces[id];
            if (kind != PieceKind.Normal)
                continue;
            lowest = Math.Min(lowest, score);
            var node = 0;
            foreach (var c in text)
            {
                var key = Key(node, c);
                if (!_next.TryGetValue(key, out node))
                {
                    node = _pieceAt.Count;
                    _next.Add(key, node);
                    _pieceAt.Add(-1);
                }
            }
            _pieceAt[node] = id;
        }
        _unknownScore = (lowest == double.MaxValue ? 0 : lowest) - UnknownPenalty;
    }

    /// <summary>Encodes a normalized text.</summary>
    /// <param name="text">The text, spaces as <see cref="Normalizer.Space"/>.</param>
    /// <param name="tokens">Gets the id and the length in the text of each token.</param>
    public void Encode(ReadOnlySpan<char> text, List<(int Id, int Length)> tokens)
    {
        var lattice = new Step[Math.Min(text.Length, LongestWord) + 1];
        while (!text.IsEmpty)
        {
            var end = text[1..].IndexOf(Normalizer.Space) is >= 0 and var space ? space + 1 : text.Length;
            for (var isContinued = false; end > 0; isContinued = true)
            {
                var length = Math.Min(end, LongestWord);
                if (length < end && char.IsHighSurrogate(text[length - 1]))
                    length--;
                EncodeWord(text[..length], lattice, tokens, isContinued);
                text = text[length..];
                end -= length;
            }
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, Step[] lattice, List<(int Id, int Length)> tokens, bool isContinued)
    {
        lattice.AsSpan(0, word.Length + 1).Fill(new Step(-1, -1, 0));
        for (var start = 0; start < word.Length;)
        {
            var characterLength = Rune.DecodeFromUtf16(word[start..], out _, out var units) == System.Buffers.OperationStatus.Done ? units : 1;
            var reached = start == 0 ? 0 : lattice[start].Score;
            var isCovered = false;
            var node = 0;
            for (var end = start; end < word.Length && _next.TryGetValue(Key(node, word[end]), out node);)
            {
                end++;
                if (_pieceAt[node] is not (>= 0 and var id))
                    continue;
                Improve(ref lattice[end], start, id, reached + _model.Pieces[id].Score);
                isCovered |= end - start == characterLength;
            }
            if (!isCovered)
                Improve(ref lattice[start + characterLength], start, _model.UnknownId, reached + _unknownScore);
            start += characterLength;
        }

        var first = tokens.Count;
        for (var end = word.Length; end > 0; end = lattice[end].Start)
            tokens.Add((lattice[end].Id, end - lattice[end].Start));
        tokens.Reverse(first, tokens.Count - first);
        JoinUnknown(tokens, isContinued && first > 0 ? first - 1 : first);
    }

    private static void Improve(ref Step step, int start, int id, double score)
    {
        if (step.Start < 0 || score > step.Score)
            step = new Step(start, id, score);
    }

    // Neighbouring unknown characters are one token.
    private void JoinUnknown(List<(int Id, int Length)> tokens, int first)
    {
        var count = first;
        for (var i = first; i < tokens.Count; i++)
        {
            if (count > first && tokens[i].Id == _model.UnknownId && tokens[count - 1].Id == _model.UnknownId)
                tokens[count - 1] = (_model.UnknownId, tokens[count - 1].Length + tokens[i].Length);
            else
                tokens[count++] = tokens[i];
        }
        tokens.RemoveRange(count, tokens.Count - count);
    }

    private static long Key(int node, char c) => ((long)node << 16) | c;

    /// <summary>The best way to reach a position: the piece that ends there, where it starts, and the score so far.</summary>
    private readonly record struct Step(int Start, int Id, double Score);
}

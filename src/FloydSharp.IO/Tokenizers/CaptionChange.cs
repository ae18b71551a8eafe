namespace FloydSharp.IO.Tokenizers;

/// <summary>A place where caption cleaning deletes or changes a text, beyond lower case and white space.</summary>
/// <param name="Before">The text in lower case; empty where cleaning only adds.</param>
/// <param name="After">What is left of it; empty where it is deleted.</param>
/// <param name="Kind">What kind of text goes.</param>
public sealed record CaptionChange(string Before, string After, CaptionChangeKind Kind)
{
    // Longer texts are compared as a whole: the table of the comparison grows with the square.
    private const int MaxPieces = 2000;

    /// <summary>Whether nothing is left.</summary>
    public bool IsDeletion => After.Length == 0;

    /// <summary>What <see cref="CaptionCleaner.Clean"/> does to a text.</summary>
    /// <param name="caption">Any text that cleaning takes.</param>
    /// <returns>The changes in the order of the text; empty where there are none.</returns>
    /// <exception cref="FloydException">The caption is too long for cleaning.</exception>
    public static IReadOnlyList<CaptionChange> Of(string caption)
    {
        var (before, after) = (CaptionCleaner.Plain(caption), CaptionCleaner.Clean(caption));
        var (old, cleaned) = (Pieces(before), Pieces(after));
        if (old.Count > MaxPieces || cleaned.Count > MaxPieces)
            return before == after ? [] : [Between(before, after)];

        // The longest common subsequence of pieces; what it leaves out is what changed.
        var common = new int[old.Count + 1, cleaned.Count + 1];
        for (var i = old.Count - 1; i >= 0; i--)
        {
            for (var j = cleaned.Count - 1; j >= 0; j--)
                common[i, j] = old[i].Text == cleaned[j].Text ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        List<CaptionChange> changes = [];
        for (int i = 0, j = 0; i < old.Count || j < cleaned.Count;)
        {
            if (Same(i, j))
            {
                (i, j) = (i + 1, j + 1);
                continue;
            }

            var (from, to) = (i, j);
            while ((i < old.Count || j < cleaned.Count) && !Same(i, j))
            {
                if (j == cleaned.Count || (i < old.Count && common[i + 1, j] >= common[i, j + 1]))
                    i++;
                else
                    j++;
            }

            changes.Add(Between(Slice(before, old, from, i), Slice(after, cleaned, to, j)));
        }

        return changes;

        bool Same(int i, int j) => i < old.Count && j < cleaned.Count && old[i].Text == cleaned[j].Text;
    }

    private static CaptionChange Between(string before, string after)
    {
        var lost = before.Where(c => !after.Contains(c)).DefaultIfEmpty(before.FirstOrDefault('-')).ToList();
        var kind = lost.Any(IsIdeograph) ? CaptionChangeKind.Ideographs
            : lost.Any(char.IsDigit) ? CaptionChangeKind.Digits
            : lost.Any(char.IsLetter) ? CaptionChangeKind.Words
            : lost.Any(c => "()[]{}<>".Contains(c)) ? CaptionChangeKind.Brackets
            : CaptionChangeKind.Symbols;
        return new(before, after, kind);
    }

    private static string Slice(string text, List<(string Text, int Start)> pieces, int from, int to) =>
        from == to ? "" : text[pieces[from].Start..(pieces[to - 1].Start + pieces[to - 1].Text.Length)];

    // Words, and each other character by itself. White space between them does not count.
    private static List<(string Text, int Start)> Pieces(string text)
    {
        List<(string, int)> pieces = [];
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && IsWord(text[i]))
                i++;
            if (i == start)
                i++;
            if (!char.IsWhiteSpace(text[start]))
                pieces.Add((text[start..i], start));
        }

        return pieces;

        // Halves of a pair go with words: they are never told apart.
        static bool IsWord(char c) => (char.IsLetterOrDigit(c) && !IsIdeograph(c)) || char.IsSurrogate(c);
    }

    private static bool IsIdeograph(char c) => c is >= '\u31C0' and <= '\u9FFF';
}

using System.Text;

namespace FloydSharp.Eval.Reading;

/// <summary>
/// Compares what was read with what should be written. Both are folded first: capitals, no spaces, nothing but letters and digits, and
/// characters that many faces draw alike are one: O 0, I 1, S 5, Z 2, B 8, G 6.
/// </summary>
internal static class TextScore
{
    /// <summary>The folded text.</summary>
    public static string Fold(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text.ToUpperInvariant())
        {
            var folded = c switch { '0' => 'O', '1' or '|' => 'I', '5' => 'S', '2' => 'Z', '8' => 'B', '6' => 'G', _ => c };
            if (char.IsAsciiLetterOrDigit(folded))
                result.Append(folded);
        }

        return result.ToString();
    }

    /// <summary>Whether the folded texts are equal.</summary>
    public static bool IsExact(string expected, string read) => Fold(expected) == Fold(read);

    /// <summary>Edit distance of the folded texts over the length of the expected one, at most 1.</summary>
    public static double ErrorRate(string expected, string read)
    {
        var (a, b) = (Fold(expected), Fold(read));
        if (a.Length == 0)
            return b.Length == 0 ? 0 : 1;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1));
                (corner, row[j]) = (row[j], best);
            }
        }

        return Math.Min(1, row[b.Length] / (double)a.Length);
    }
}

using System.Globalization;
using System.Text;

namespace FloydSharp.IO.Tokenizers.CharacterData;

/// <summary>
/// Unicode normalization form C (Unicode Standard Annex 15). Our own, because a culture-invariant runtime
/// returns text from <see cref="string.Normalize()"/> as it was.
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulS = 0xAC00, HangulL = 0x1100, HangulV = 0x1161, HangulT = 0x11A7;
    private const int LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    private static readonly Lazy<Tables> s_tables = new(() => new Tables());

    /// <summary>Returns the text with letters and their marks composed; lone surrogates stay as they are.</summary>
    public static string Compose(string text)
    {
        // Nothing below U+0300 changes, and what has no marks or compatibility characters is the usual case.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF'))
            return text;
        var tables = s_tables.Value;
        var points = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var point = (int)text[i];
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                point = char.ConvertToUtf32(text[i], text[++i]);
            Decompose(point, points, tables);
        }
        SortMarks(points, tables);
        Recompose(points, tables);

        var result = new StringBuilder(points.Count);
        foreach (var point in points)
        {
            if (point < 0x10000)
                result.Append((char)point);
            else
                result.Append(char.ConvertFromUtf32(point));
        }
        return result.ToString();
    }

    private static void Decompose(int point, List<int> output, Tables tables)
    {
        if (point - HangulS is >= 0 and < SCount)
        {
            var s = point - HangulS;
            output.Add(HangulL + (s / (VCount * TCount)));
            output.Add(HangulV + (s % (VCount * TCount) / TCount));
            if (s % TCount != 0)
                output.Add(HangulT + (s % TCount));
        }
        else if (tables.Decompositions.TryGetValue(point, out var parts))
        {
            foreach (var part in parts)
                Decompose(part, output, tables);
        }
        else
        {
            output.Add(point);
        }
    }

    private static void SortMarks(List<int> points, Tables tables)
    {
        for (var start = 0; start < points.Count; start++)
        {
            if (tables.ClassOf(points[start]) == 0)
                continue;
            var end = start + 1;
            while (end < points.Count && tables.ClassOf(points[end]) != 0)
                end++;
            if (end - start > 1)
            {
                var sorted = points.GetRange(start, end - start).OrderBy(tables.ClassOf).ToArray(); // stable
                for (var i = 0; i < sorted.Length; i++)
                    points[start + i] = sorted[i];
            }
            start = end;
        }
    }

    private static void Recompose(List<int> points, Tables tables)
    {
        int written = 0, starter = -1, lastClass = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            var kind = tables.ClassOf(point);
            // A mark is blocked from its starter by a mark of the same class, a starter by anything in between.
            var blocked = starter < 0 || (written - 1 > starter && (lastClass >= kind || kind == 0));
            if (!blocked && Pair(points[starter], point, tables) is { } composite)
            {
                points[starter] = composite;
                continue;
            }
            if (kind == 0)
                starter = written;
            lastClass = kind;
            points[written++] = point;
        }
        points.RemoveRange(written, points.Count - written);
    }

    private static int? Pair(int first, int second, Tables tables)
    {
        if (first - HangulL is >= 0 and < LCount && second - HangulV is >= 0 and < VCount)
            return HangulS + (((first - HangulL) * VCount) + second - HangulV) * TCount;
        if (first - HangulS is >= 0 and < SCount && (first - HangulS) % TCount == 0 && second - HangulT is > 0 and < TCount)
            return first + second - HangulT;
        return tables.Composites.TryGetValue(((long)first << 32) | (uint)second, out var composite) ? composite : null;
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> _classes = [];

        public Tables()
        {
            foreach (var entry in CanonicalTables.Compositions)
            {
                var runes = Points(entry);
                for (var i = 1; i < runes.Length; i += 2)
                {
                    Composites[((long)runes[i] << 32) | (uint)runes[0]] = runes[i + 1];
                    Decompositions[runes[i + 1]] = [runes[i], runes[0]];
                }
            }
            foreach (var entry in CanonicalTables.Exclusions.Split('\0', StringSplitOptions.RemoveEmptyEntries))
            {
                var runes = Points(entry);
                Decompositions[runes[0]] = runes[1..];
            }
            foreach (var (first, targets) in CanonicalTables.CompatibilityIdeographs)
            {
                var runes = Points(targets);
                for (var i = 0; i < runes.Length; i++)
                    Decompositions[first + i] = [runes[i]];
            }
            foreach (var range in CombiningClassTable.Ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var (points, kind) = (range[..range.IndexOf(':')].Split('-'), byte.Parse(range[(range.IndexOf(':') + 1)..], CultureInfo.InvariantCulture));
                for (var point = Convert.ToInt32(points[0], 16); point <= Convert.ToInt32(points[^1], 16); point++)
                    _classes[point] = kind;
            }
        }

        public Dictionary<long, int> Composites { get; } = [];

        public Dictionary<int, int[]> Decompositions { get; } = [];

        public byte ClassOf(int point) => point < 0x300 ? (byte)0 : _classes.GetValueOrDefault(point);

        private static int[] Points(string text) => [.. text.EnumerateRunes().Select(r => r.Value)];
    }
}

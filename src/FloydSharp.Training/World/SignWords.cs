namespace FloydSharp.Training.World;

/// <summary>Texts for signs: common words, arbitrary letters and digits, and how a text is broken into lines.</summary>
internal static class SignWords
{
    private static readonly (int Length, double Weight)[] Lengths =
        [(1, 10), (2, 11), (3, 15), (4, 16), (5, 16), (6, 13), (7, 11), (8, 9), (9, 4), (10, 4)];

    /// <summary>The common words, lower case, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = Load();

    private static readonly string[][] ByLength = [.. Enumerable.Range(0, 11).Select(length => All.Where(word => word.Length == length).ToArray())];

    /// <summary>One or two lines of chance, each at most the given length.</summary>
    public static string[] Sample(Random random, int maxLength, int maxPerLine)
    {
        var limit = Math.Clamp(Math.Min(maxLength, maxPerLine), 1, 10);
        var kind = random.NextDouble();
        if (kind < 0.08 && maxLength >= 7)
        {
            var lines = new[] { Word(random, Math.Min(limit, 4)), Word(random, Math.Min(limit, 5)) };
            return random.Chance(0.4) && maxPerLine >= 10 ? [string.Join(' ', lines)] : lines;
        }

        // Half are arbitrary: words are learned by the way, and a letter alone is rarer in them than its neighbours.
        if (kind < 0.45)
            return [Word(random, limit)];
        var length = Math.Min(random.Weighted(Lengths), limit);
        Span<char> text = stackalloc char[length];
        var digits = kind < 0.82 ? 0 : kind < 0.91 ? 1 : 0.35;
        for (var i = 0; i < length; i++)
            text[i] = (char)(random.Chance(digits) ? '0' + random.Next(10) : 'a' + random.Next(26));
        return [text.ToString()];
    }

    /// <summary>Breaks a given text into at most three lines near the limit.</summary>
    public static string[] Wrap(string text, int maxPerLine)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= maxPerLine)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }

        for (; lines.Count > 3; lines.RemoveAt(lines.Count - 1))
            lines[^2] += " " + lines[^1];
        return [.. lines];
    }

    private static string Word(Random random, int maxLength)
    {
        var length = Math.Clamp(random.Weighted(Lengths), 2, Math.Max(2, maxLength));
        return random.Of<string>(ByLength[length]);
    }

    private static string[] Load()
    {
        using var stream = typeof(SignWords).Assembly.GetManifestResourceStream("World.Words.txt")
            ?? throw new InvalidOperationException("The program was built without World.Words.txt.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}

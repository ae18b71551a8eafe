// The rules follow ftfy's heuristic (github.com/rspeer/python-ftfy, ftfy/badness.py), Copyright 2023 Robyn Speer,
// Apache License 2.0; written anew as a table of neighbouring kinds of characters.

using System.Text.RegularExpressions;
using FloydSharp.IO.Tokenizers.CharacterData;
using static FloydSharp.IO.Tokenizers.Captions.Badness.Kind;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>Does a text hold sequences of characters that mean it was read in a wrong encoding (mojibake)?</summary>
internal static partial class Badness
{
    private const string Marks = MojibakeCharacters.Bad + MojibakeCharacters.StartPunctuation + MojibakeCharacters.EndPunctuation + MojibakeCharacters.Currency;
    private const string Signs = MojibakeCharacters.C1 + Marks;
    private const string ArabicSecond = MojibakeCharacters.Common + MojibakeCharacters.Currency + MojibakeCharacters.Bad +
        MojibakeCharacters.Numeric + MojibakeCharacters.StartPunctuation + "\u0178\u0160\u00AE\u00B0\u00B5\u00BB";

    private static readonly Dictionary<char, Kind> s_kinds = BuildKinds();

    // Each row: one kind after another makes the text bad.
    private static readonly Kind[][] s_rules =
    [
        [C1],
        [Bad | LowerAccented | UpperAccented | Box | StartPunctuation | EndPunctuation | Currency | Numeric | Law, Bad],
        [LatinLower | LatinUpper, LowerCommon | UpperCommon, Bad],
        [Bad, LowerAccented | UpperAccented | Box | StartPunctuation | EndPunctuation | Currency | Numeric | Law],
        [LowerAccented | LowerCommon | Box | EndPunctuation | Currency | Numeric, UpperAccented],
        [Box | EndPunctuation | Currency | Numeric, LowerAccented],
        [LowerAccented | Box | EndPunctuation, Currency],
        [Space, UpperAccented, Currency],
        [UpperAccented | Box, Numeric | Law],
        [LowerAccented | UpperAccented | Box | Currency | EndPunctuation, StartPunctuation, Numeric],
        [LowerAccented | UpperAccented | Currency | Numeric | Box | Law, EndPunctuation, StartPunctuation],
        [Currency | Numeric | Box, StartPunctuation],
        [LatinLower, UpperAccented, StartPunctuation | Currency],
        [Box, Kaomoji],
        [LowerAccented | UpperAccented | Currency | Numeric | StartPunctuation | EndPunctuation | Law, Box],
        [Box, EndPunctuation],
        [LowerAccented | UpperAccented, StartPunctuation | EndPunctuation, Word],
    ];

    [Flags]
    internal enum Kind
    {
        None = 0,
        C1 = 1 << 0,
        Bad = 1 << 1,
        Law = 1 << 2,
        Currency = 1 << 3,
        StartPunctuation = 1 << 4,
        EndPunctuation = 1 << 5,
        Numeric = 1 << 6,
        Kaomoji = 1 << 7,
        UpperAccented = 1 << 8,
        LowerAccented = 1 << 9,
        UpperCommon = 1 << 10,
        LowerCommon = 1 << 11,
        Box = 1 << 12,
        LatinLower = 1 << 13,
        LatinUpper = 1 << 14,
        Space = 1 << 15,
        Word = 1 << 16,
    }

    public static bool IsBad(string text)
    {
        var kinds = new Kind[text.Length];
        for (var i = 0; i < text.Length; i++)
            kinds[i] = KindOf(text[i]);
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var rule in s_rules)
            {
                if (Applies(rule, kinds.AsSpan(i)))
                    return true;
            }
        }
        return KnownSequences().IsMatch(text);
    }

    private static bool Applies(Kind[] rule, ReadOnlySpan<Kind> kinds)
    {
        if (rule.Length > kinds.Length)
            return false;
        for (var i = 0; i < rule.Length; i++)
        {
            if ((rule[i] & kinds[i]) == 0)
                return false;
        }
        return true;
    }

    private static Kind KindOf(char c)
    {
        var kind = s_kinds.GetValueOrDefault(c);
        if (char.IsAsciiLetterLower(c))
            kind |= LatinLower;
        if (char.IsAsciiLetterUpper(c))
            kind |= LatinUpper;
        if (PythonText.IsSpace(c))
            kind |= Space;
        if (char.IsLetter(c) || char.IsNumber(c) || c == '_')
            kind |= Word;
        return kind;
    }

    private static Dictionary<char, Kind> BuildKinds()
    {
        var kinds = new Dictionary<char, Kind>();
        foreach (var (kind, ranges) in new[]
        {
            (C1, MojibakeCharacters.C1), (Bad, MojibakeCharacters.Bad), (Law, MojibakeCharacters.Law),
            (Currency, MojibakeCharacters.Currency), (StartPunctuation, MojibakeCharacters.StartPunctuation),
            (EndPunctuation, MojibakeCharacters.EndPunctuation), (Numeric, MojibakeCharacters.Numeric),
            (Kaomoji, MojibakeCharacters.Kaomoji), (UpperAccented, MojibakeCharacters.UpperAccented),
            (LowerAccented, MojibakeCharacters.LowerAccented), (UpperCommon, MojibakeCharacters.UpperCommon),
            (LowerCommon, MojibakeCharacters.LowerCommon), (Box, MojibakeCharacters.Box),
        })
        {
            for (var i = 0; i < ranges.Length; i++)
            {
                var isRange = i + 2 < ranges.Length && ranges[i + 1] == '-';
                for (int c = ranges[i]; c <= ranges[isRange ? i + 2 : i]; c++)
                    kinds[(char)c] = kinds.GetValueOrDefault((char)c) | kind;
                if (isRange)
                    i += 2;
            }
        }
        return kinds;
    }

    // Two to five characters that kinds alone do not tell: mojibake of Windows-1252, Mac OS Roman, Windows-1251,
    // Windows-1253 and Windows-1257 that is made of letters and signs common elsewhere.
    [GeneratedRegex(
        @"[\u0152\u0153][^A-Za-z]" +
        "|[" + MojibakeCharacters.UpperAccented + @"]\u00B0" +
        @"|[\u00C2\u00C3\u00CE\u00D0][\u20AC\u0153\u0160\u0161\u00A2\u00A3\u0178\u017E\u00A0\u00AD\u00AE\u00A9\u00B0\u00B7\u00BB\u2013\u2014\u00B4" +
        MojibakeCharacters.StartPunctuation + MojibakeCharacters.EndPunctuation + "]" +
        @"|\u00D7[\u00B2\u00B3]" +
        @"|(?:[\u00D8\u00D9][" + ArabicSecond + "]){2}" +
        @"|\u00E0[\u00B2\u00B5\u00B9\u00BC\u00BD\u00BE]" +
        @"|\u221A[\u00B1\u2202\u2020\u2260\u00AE\u2122\u00B4\u2264\u2265\u00A5\u00B5\u00F8]" +
        @"|\u2248[\u00B0\u00A2]" +
        @"|\u201A\u00C4[\u00EC\u00EE\u00EF\u00F2\u00F4\u00F5\u00FA\u00F9\u00FB\u2020\u00B0\u00A2\u03C0]" +
        @"|\u201A[\u00E2\u00F3][\u00E0\u00E4\u00B0\u00EA]" +
        @"|\u0432\u0402" +
        @"|[\u0412\u0413\u0420\u0421][" + Signs + @"\u00B0\u00B5][\u0412\u0413\u0420\u0421]" +
        @"|\u0413\u045E\u0412\u0402\u0412[^\n][A-Za-z ]" +
        @"|\u00C3[\u00A0\u00A1]" +
        "|[a-z][" + PythonText.Space + @"]?[\u00C3\u00C2] " +
        @"|^[\u00C3\u00C2] " +
        "|[a-z.,?!" + MojibakeCharacters.EndPunctuation + @"]\u00C2[ " + MojibakeCharacters.StartPunctuation + MojibakeCharacters.EndPunctuation + "]" +
        @"|\u03B2\u20AC[\u2122\u00A0\u0386\u00AD\u00AE\u00B0]" +
        @"|[\u0392\u0393\u039E\u039F][" + Signs + @"\u00B0][\u0392\u0393\u039E\u039F]" +
        @"|\u0101\u20AC", RegexOptions.CultureInvariant)]
    private static partial Regex KnownSequences();
}

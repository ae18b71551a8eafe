using System.Globalization;
using System.Text;

namespace FloydSharp.IO.Tokenizers.BytePair;

/// <summary>
/// Cuts a lower-case text into CLIP's words: English endings ('s, 't, 're, 've, 'm, 'll, 'd), runs of letters, single numbers,
/// runs of anything else but white space.
/// </summary>
internal static class ClipWords
{
    private static readonly string[] s_endings = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Length of the first word; the text must not be empty. White space comes back as "words" to leave out.</summary>
    public static int Next(ReadOnlySpan<char> text, out bool isSpace)
    {
        isSpace = false;
        if (text[0] == '\'')
        {
            foreach (var ending in s_endings)
            {
                if (text.StartsWith(ending))
                    return ending.Length;
            }
        }
        var kind = KindOf(text, out var length);
        isSpace = kind == Kind.Space;
        if (kind == Kind.Number)
            return length;
        while (length < text.Length && KindOf(text[length..], out var units) == kind)
            length += units;
        return length;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int units)
    {
        if (Rune.DecodeFromUtf16(text, out var rune, out units) != System.Buffers.OperationStatus.Done)
            return Kind.Other; // a lone surrogate
        if (Rune.IsWhiteSpace(rune))
            return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}

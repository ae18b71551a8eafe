using System.Globalization;
using System.Text;

namespace FloydSharp.IO.Tokenizers.CharacterData;

/// <summary>Text operations as Python 3 does them, where .NET differs: the reference cleans captions in Python.</summary>
internal static class PythonText
{
    /// <summary>Body of a regular expression class for Python's \w: no combining marks, but every number.</summary>
    public const string Word = @"\p{L}\p{N}_";

    /// <summary>Body of a regular expression class for Python's \s, which has the four information separators.</summary>
    public const string Space = @"\s\x1C-\x1F";

    /// <summary>Python's \b. That of .NET counts joiners and combining marks as word characters.</summary>
    public const string Boundary = $@"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))";

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    /// <summary>str.strip().</summary>
    public static string Strip(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary>str.lower(): .NET's mapping and the two cases that take more than one character to decide.</summary>
    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (text.Contains('\u03A3')) // a capital sigma at a word's end becomes a final sigma
        {
            var letters = lower.ToCharArray();
            for (var i = text.IndexOf('\u03A3'); i >= 0; i = text.IndexOf('\u03A3', i + 1))
            {
                if (NextCased(text, i, -1) && !NextCased(text, i, 1))
                    letters[i] = '\u03C2';
            }
            lower = new string(letters);
        }
        return lower.Replace("\u0130", "i\u0307", StringComparison.Ordinal);
    }

    /// <summary>urllib.parse.unquote_plus(): plus signs are spaces, %XX are bytes of UTF-8, wrong bytes become U+FFFD.</summary>
    public static string UnquotePlus(string text)
    {
        text = text.Replace('+', ' ');
        if (!text.Contains('%'))
            return text;
        var result = new StringBuilder(text.Length);
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                Flush();
                result.Append(text[i]);
            }
        }
        Flush();
        return result.ToString();

        void Flush()
        {
            if (bytes.Count > 0)
                result.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    // The nearest character that casing does not ignore, to the left or right: is it a cased letter?
    private static bool NextCased(string text, int index, int step)
    {
        for (var i = index + step; i >= 0 && i < text.Length; i += step)
        {
            switch (char.GetUnicodeCategory(text[i]))
            {
                case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter:
                    return true;
                case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
                    or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol:
                    continue;
                default:
                    if ("'.:\u00B7\u2018\u2019\u2024\u2027".Contains(text[i]))
                        continue;
                    return false;
            }
        }
        return false;
    }
}

// The order of steps and the character lists are ftfy's (github.com/rspeer/python-ftfy, ftfy/__init__.py, ftfy/fixes.py,
// ftfy/chardata.py), Copyright 2023 Robyn Speer, Apache License 2.0; written anew.

using System.Text;
using System.Text.RegularExpressions;
using FloydSharp.IO.Tokenizers.CharacterData;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>
/// What ftfy.fix_text does with its default settings, a line at a time until nothing changes: character references
/// (unless the text holds a &lt;), mojibake in ten single-byte encodings, C1 controls, Latin ligatures, character widths,
/// curly quotes, line breaks, surrogates, terminal escapes, control characters, normalization form C. Not covered:
/// ftfy's splitting of lines above a million characters.
/// </summary>
internal static partial class TextRepair
{
    public static string Fix(string text)
    {
        var result = new StringBuilder(text.Length);
        var unescape = true;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var found ? found + 1 : text.Length;
            var line = text[start..end];
            unescape &= !line.Contains('<'); // from the first < on it may be real HTML
            result.Append(FixLine(line, unescape));
            start = end;
        }
        return result.ToString();
    }

    private static string FixLine(string text, bool unescape)
    {
        while (true)
        {
            var previous = text;
            if (unescape)
                text = HtmlEntities.UnescapeClear(text);
            text = Mojibake.Fix(text);
            text = Mojibake.FixControls(text);
            text = Ligature().Replace(text, m => PartsOf(m.Value[0]));
            text = CharacterWidth.Fix(text);
            text = DoubleQuote().Replace(text, "\"");
            text = SingleQuote().Replace(text, "'");
            text = LineBreak().Replace(text, "\n");
            text = LoneSurrogate().Replace(text, "\uFFFD");
            text = TerminalEscape().Replace(text, "");
            text = Control().Replace(text, "");
            text = CanonicalComposition.Compose(text);
            if (text == previous)
                return text;
        }
    }

    private static string PartsOf(char ligature) => ligature switch
    {
        '\u0132' => "IJ",
        '\u0133' => "ij",
        '\u0149' => "\u02BCn",
        '\u01F1' => "DZ",
        '\u01F2' => "Dz",
        '\u01F3' => "dz",
        '\u01C4' => "D\u017D",
        '\u01C5' => "D\u017E",
        '\u01C6' => "d\u017E",
        '\u01C7' => "LJ",
        '\u01C8' => "Lj",
        '\u01C9' => "lj",
        '\u01CA' => "NJ",
        '\u01CB' => "Nj",
        '\u01CC' => "nj",
        '\uFB00' => "ff",
        '\uFB01' => "fi",
        '\uFB02' => "fl",
        '\uFB03' => "ffi",
        '\uFB04' => "ffl",
        '\uFB05' => "\u017Ft",
        _ => "st",
    };

    [GeneratedRegex(@"[\u0132\u0133\u0149\u01C4-\u01CC\u01F1-\u01F3\uFB00-\uFB06]", RegexOptions.CultureInvariant)]
    private static partial Regex Ligature();

    [GeneratedRegex(@"[\u201C-\u201F]", RegexOptions.CultureInvariant)]
    private static partial Regex DoubleQuote();

    [GeneratedRegex(@"[\u02BC\u2018-\u201B]", RegexOptions.CultureInvariant)]
    private static partial Regex SingleQuote();

    [GeneratedRegex(@"\r\n|[\r\u2028\u2029\u0085]", RegexOptions.CultureInvariant)]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]", RegexOptions.CultureInvariant)]
    private static partial Regex LoneSurrogate();

    [GeneratedRegex(@"\x1B\[(?:\d|;)*[a-zA-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalEscape();

    [GeneratedRegex(@"[\x00-\x08\x0B\x0E-\x1F\x7F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]", RegexOptions.CultureInvariant)]
    private static partial Regex Control();
}

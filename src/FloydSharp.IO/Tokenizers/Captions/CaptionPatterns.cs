using System.Text.RegularExpressions;
using static FloydSharp.IO.Tokenizers.CharacterData.PythonText;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>
/// The expressions of <c>_clean_caption</c> (diffusers, pipelines/deepfloyd_if/pipeline_if.py), in the order they are used.
/// Python's \w, \s and \b are spelled out, for those of .NET are others.
/// </summary>
internal static partial class CaptionPatterns
{
    // The part of a link from its last dot on.
    [GeneratedRegex($@"\G\.(?:com|co|ru|net|org|edu|gov|it)[{Word}/-]*{Boundary}/?(?!@)", RegexOptions.CultureInvariant)]
    public static partial Regex Domain();

    [GeneratedRegex($@"@[{Word}]+{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex Nickname();

    // Strokes, phonetic extensions, enclosed letters, compatibility, extension A, hexagrams, unified ideographs.
    [GeneratedRegex(@"[\u31C0-\u31EF\u31F0-\u31FF\u3200-\u32FF\u3300-\u33FF\u3400-\u4DBF\u4DC0-\u4DFF\u4E00-\u9FFF]+", RegexOptions.CultureInvariant)]
    public static partial Regex Ideographs();

    [GeneratedRegex(@"[\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+", RegexOptions.CultureInvariant)]
    public static partial Regex Dashes();

    [GeneratedRegex(@"[`\u00B4\u00AB\u00BB\u201C\u201D\u00A8]", RegexOptions.CultureInvariant)]
    public static partial Regex DoubleQuotes();

    [GeneratedRegex(@"[\u2018\u2019]", RegexOptions.CultureInvariant)]
    public static partial Regex SingleQuotes();

    [GeneratedRegex("&quot;?", RegexOptions.CultureInvariant)]
    public static partial Regex QuoteReference();

    [GeneratedRegex(@"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", RegexOptions.CultureInvariant)]
    public static partial Regex IPAddress();

    [GeneratedRegex($@"\d:\d\d[{Space}]+$", RegexOptions.CultureInvariant)]
    public static partial Regex ArticleNumberAtEnd();

    [GeneratedRegex($@"#\d{{1,3}}{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex ShortNumberSign();

    [GeneratedRegex($@"#\d{{5,}}{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex LongNumberSign();

    [GeneratedRegex($@"{Boundary}\d{{6,}}{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex LongNumber();

    // The look-behind changes no result (a name takes all of its run of characters) and keeps long runs linear.
    [GeneratedRegex($@"(?<![^{Space}])[^{Space}]+\.(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)", RegexOptions.CultureInvariant)]
    public static partial Regex FileName();

    [GeneratedRegex("[\"']{2,}", RegexOptions.CultureInvariant)]
    public static partial Regex RepeatedQuotes();

    [GeneratedRegex(@"\.{2,}", RegexOptions.CultureInvariant)]
    public static partial Regex Dots();

    [GeneratedRegex(@"[#\u00AE\u2022\u00A9\u2122&@\u00B7\u00BA\u00BD\u00BE\u00BF\u00A1\u00A7~)(\]\[}{|\\/*]+", RegexOptions.CultureInvariant)]
    public static partial Regex BadPunctuation();

    [GeneratedRegex($@"[{Space}]+\.[{Space}]+", RegexOptions.CultureInvariant)]
    public static partial Regex LoneDot();

    [GeneratedRegex($@"{Boundary}[a-zA-Z]{{1,3}}\d{{3,15}}{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex LettersThenDigits();

    [GeneratedRegex($@"{Boundary}[a-zA-Z]+\d+[a-zA-Z]+{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex LettersDigitsLetters();

    [GeneratedRegex($@"{Boundary}\d+[a-zA-Z]+\d+{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex DigitsLettersDigits();

    [GeneratedRegex($@"(?:worldwide[{Space}]+)?(?:free[{Space}]+)?shipping", RegexOptions.CultureInvariant)]
    public static partial Regex Shipping();

    [GeneratedRegex($@"(?:free[{Space}])?download(?:[{Space}]free)?", RegexOptions.CultureInvariant)]
    public static partial Regex Download();

    [GeneratedRegex($@"{Boundary}click{Boundary}[{Space}](?:for|on)[{Space}][{Word}]+", RegexOptions.CultureInvariant)]
    public static partial Regex Click();

    [GeneratedRegex($@"{Boundary}(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)(?:[{Space}]images?)?", RegexOptions.CultureInvariant)]
    public static partial Regex FileKind();

    [GeneratedRegex($@"{Boundary}page[{Space}]+\d+{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex Page();

    [GeneratedRegex($@"{Boundary}\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex MixedIdentifier();

    // A Latin x, a Cyrillic one or the multiplication sign.
    [GeneratedRegex($@"{Boundary}\d+\.?\d*[x\u0445\u00D7]\d+\.?\d*{Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex Size();

    [GeneratedRegex($@"{Boundary}[{Space}]+:[{Space}]+", RegexOptions.CultureInvariant)]
    public static partial Regex SpacedColon();

    [GeneratedRegex($@"(\D[,./]){Boundary}", RegexOptions.CultureInvariant)]
    public static partial Regex TightPunctuation();

    [GeneratedRegex($"[{Space}]+", RegexOptions.CultureInvariant)]
    public static partial Regex Spaces();

    [GeneratedRegex(@"^[""']([\s\S]+)[""']$", RegexOptions.CultureInvariant)]
    public static partial Regex QuotedWhole();

    [GeneratedRegex(@"^['_,\-:;]", RegexOptions.CultureInvariant)]
    public static partial Regex PunctuationAtStart();

    // The reference's class reads "\:\-\+": the hyphen stands for itself.
    [GeneratedRegex(@"['_,\-:+]$", RegexOptions.CultureInvariant)]
    public static partial Regex PunctuationAtEnd();

    [GeneratedRegex($@"^\.[^{Space}]+$", RegexOptions.CultureInvariant)]
    public static partial Regex OnlyDotWord();
}

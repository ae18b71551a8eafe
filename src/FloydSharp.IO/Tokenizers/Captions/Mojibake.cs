// Follows the steps of ftfy (github.com/rspeer/python-ftfy, ftfy/__init__.py, ftfy/fixes.py, ftfy/chardata.py),
// Copyright 2023 Robyn Speer, Apache License 2.0; written anew.

using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>Undoes text that was UTF-8 and was read as a single-byte encoding, as far as that can be told from the text.</summary>
internal static partial class Mojibake
{
    // Bytes are held one a character, so that the same expressions serve text and bytes.
    private const string UsualContinuation = @"[\x80-\x84\x86-\x9F\xA1-\xBF]";
    private const string Lost = @"[\x1A?]", Next = @"[\x1A\x80-\xBF]";

    public static string Fix(string text)
    {
        while (true)
        {
            var previous = text;
            text = Step(text);
            if (text == previous)
                return text;
        }
    }

    /// <summary>C1 control characters, as Latin-1 reads the bytes 80 to 9F, become what Windows-1252 has there.</summary>
    public static string FixControls(string text) =>
        C1().Replace(text, m => SingleByteEncoding.Windows1252.Decode((byte)m.Value[0]).ToString());

    private static string Step(string text)
    {
        if (Ascii.IsValid(text) || !Badness.IsBad(text))
            return text;

        foreach (var encoding in SingleByteEncoding.All)
        {
            if (encoding.Encode(text) is not { } bytes)
                continue;
            // In Mac OS Roman an en dash before a space looks like such a sequence.
            if (encoding != SingleByteEncoding.MacRoman && SpaceForA0().IsMatch(bytes))
                bytes = RestoreA0(bytes);
            if (encoding.IsLoose)
                bytes = LostBytes().Replace(bytes, "\u00EF\u00BF\u00BD"); // UTF-8 of U+FFFD
            if (DecodeUtf8(bytes) is { } decoded)
                return decoded;
        }

        var inner = EmbeddedUtf8().Replace(text, m => m.Length < text.Length && Badness.IsBad(m.Value) ? Fix(m.Value) : m.Value);
        return inner != text ? inner : FixControls(text);
    }

    private static string RestoreA0(string bytes)
    {
        // A capital A with tilde and a space is nearly always a word of its own, "\u00E0": keep its space.
        bytes = AGraveWord().Replace(bytes, "\u00C3\u00A0 ");
        return SpaceForA0().Replace(bytes, m => m.Value.Replace(' ', '\u00A0'));
    }

    private static string? DecodeUtf8(string characters)
    {
        if (characters.Contains('\u00ED') || characters.Contains('\u00C0'))
        {
            // Variants of UTF-8: a NUL in two bytes, and surrogates that were encoded one by one.
            characters = characters.Replace("\u00C0\u0080", "\0", StringComparison.Ordinal);
            characters = EncodedSurrogates().Replace(characters, m =>
            {
                var b = m.Value;
                var point = 0x10000 + ((b[1] & 0x0F) << 16) + ((b[2] & 0x3F) << 10) + ((b[4] & 0x0F) << 6) + (b[5] & 0x3F);
                return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(point)));
            });
        }
        var bytes = Encoding.Latin1.GetBytes(characters);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }

    [GeneratedRegex(@"[\x80-\x9F]", RegexOptions.CultureInvariant)]
    private static partial Regex C1();

    [GeneratedRegex(@"\xED[\xA0-\xAF][\x80-\xBF]\xED[\xB0-\xBF][\x80-\xBF]", RegexOptions.CultureInvariant)]
    private static partial Regex EncodedSurrogates();

    [GeneratedRegex(@"\xC3 (?! |quele|quela|quilo|s )", RegexOptions.CultureInvariant)]
    private static partial Regex AGraveWord();

    // UTF-8 sequences but for a space where byte A0 was; the lead bytes are those that make likely characters.
    [GeneratedRegex(
        @"[\xC2\xC3\xC5\xCE\xD0\xD9] " +
        @"|[\xE2\xE3] " + UsualContinuation +
        "|[\\xE0-\\xE3]" + UsualContinuation + " " +
        @"|\xF0 [\x80-\xBF][\x80-\xBF]|\xF0[\x80-\xBF] [\x80-\xBF]|\xF0[\x80-\xBF][\x80-\xBF] ", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceForA0();

    // UTF-8 sequences that lost bytes: 1A is a character that could not be decoded, sometimes written '?'.
    [GeneratedRegex(
        @"[\xC2-\xDF]\x1A|[\xC2\xC3]\?" +
        @"|\xED[\xA0-\xAF]" + Lost + @"\xED[\xB0-\xBF][\x1A?\x80-\xBF]" +
        @"|\xED[\xA0-\xAF][\x1A?\x80-\xBF]\xED[\xB0-\xBF]" + Lost +
        @"|[\xE0-\xEF]" + Lost + Next + @"|[\xE0-\xEF]" + Next + Lost +
        @"|[\xF0-\xF4]" + Lost + Next + Next + @"|[\xF0-\xF4]" + Next + Lost + Next + @"|[\xF0-\xF4]" + Next + Next + Lost +
        @"|\x1A", RegexOptions.CultureInvariant)]
    private static partial Regex LostBytes();

    [GeneratedRegex(
        "(?<![" + Utf8Clues.ContinuationStrict + "])(?:" +
        "[" + Utf8Clues.FirstOfTwo + "][" + Utf8Clues.Continuation + "]" +
        "|[" + Utf8Clues.FirstOfThree + "][" + Utf8Clues.Continuation + "]{2}" +
        "|[" + Utf8Clues.FirstOfFour + "][" + Utf8Clues.Continuation + "]{3})+", RegexOptions.CultureInvariant)]
    private static partial Regex EmbeddedUtf8();
}

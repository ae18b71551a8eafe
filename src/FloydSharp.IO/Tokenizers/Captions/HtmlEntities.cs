using System.Globalization;
using System.Text.RegularExpressions;
using AngleSharp.Html;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>Character references of HTML 5 (names from AngleSharp), by the rules of Python's html.unescape and of ftfy.</summary>
internal static partial class HtmlEntities
{
    /// <summary>The characters of a name such as "amp;", or of the few that may go without the semicolon; else null.</summary>
    public static string? Named(string name) => HtmlEntityProvider.Resolver.GetSymbol(name);

    /// <summary>html.unescape(): all references, also those without a semicolon.</summary>
    public static string Unescape(string text) =>
        text.Contains('&') ? AnyReference().Replace(text, m => Resolve(m.Groups[1].Value)) : text;

    /// <summary>Only references that end in a semicolon, and names wrongly written in capitals (&amp;NTILDE;).</summary>
    public static string UnescapeClear(string text)
    {
        if (!text.Contains('&'))
            return text;
        return ClearReference().Replace(text, m =>
        {
            var name = m.Value[1..];
            if (name[0] == '#')
                return Unescape(m.Value) is var numeric && numeric.Contains(';') ? m.Value : numeric;
            if (Named(name) is { } symbol)
                return symbol;
            var isCapitals = !name.AsSpan().ContainsAnyInRange('a', 'z') && Unescape(m.Value) == m.Value;
            return isCapitals && Named(name.ToLowerInvariant()) is { } small ? small.ToUpperInvariant() : m.Value;
        });
    }

    private static string Resolve(string reference)
    {
        if (reference[0] == '#')
            return Numeric(reference[1..].TrimEnd(';'));
        if (Named(reference) is { } symbol)
            return symbol;
        for (var length = reference.Length - 1; length > 1; length--) // the longest name that it begins with
        {
            if (reference[length - 1] != ';' && Named(reference[..length]) is { } known)
                return known + reference[length..];
        }
        return "&" + reference;
    }

    private static string Numeric(string digits)
    {
        var point = CodePoint(digits);
        if (point is 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
            return "\uFFFD";
        if (point is >= 0x80 and <= 0x9F)
            return SingleByteEncoding.Windows1252.Decode((byte)point).ToString();
        var isInvalid = point is < 0x9 or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
        return isInvalid ? "" : char.ConvertFromUtf32(point);
    }

    /// <summary>The number of "65" or "x41"; more than any code point where it does not fit.</summary>
    public static int CodePoint(string digits)
    {
        var isHexadecimal = digits[0] is 'x' or 'X';
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        var trimmed = (isHexadecimal ? digits[1..] : digits).TrimStart('0');
        if (trimmed.Length == 0)
            return 0;
        return trimmed.Length < 9 && int.TryParse(trimmed, style, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : int.MaxValue;
    }

    [GeneratedRegex(@"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)", RegexOptions.CultureInvariant)]
    private static partial Regex AnyReference();

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};", RegexOptions.CultureInvariant)]
    private static partial Regex ClearReference();
}

using System.Text;

namespace FloydSharp.Cli.Output;

/// <summary>A prompt as a part of a file name: lower-case ASCII letters, digits and single dashes, safe on every system.</summary>
internal static class FileSlug
{
    private const int MaxLength = 48;
    private const string Nameless = "picture";

    /// <summary>Makes the part.</summary>
    /// <returns>1 to 48 characters.</returns>
    public static string Of(string prompt)
    {
        var slug = new StringBuilder(MaxLength);
        foreach (var rune in prompt.EnumerateRunes())
        {
            var c = rune.IsAscii ? char.ToLowerInvariant((char)rune.Value) : '-';
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-' && c != '\'')
                slug.Append('-');
            if (slug.Length == MaxLength)
                break;
        }

        var text = slug.ToString();
        // A word cut in two is dropped, unless it is all there is.
        if (slug.Length == MaxLength && text.LastIndexOf('-') is > MaxLength / 2 and var dash)
            text = text[..dash];
        text = text.Trim('-');
        return text.Length > 0 ? text : Nameless;
    }
}

using System.Globalization;
using System.Text;

namespace FloydSharp.IO;

/// <summary>Text from a file made fit for a one-line message: no control or format characters, and not long.</summary>
internal static class PrintableText
{
    private const int MaxLength = 100;

    public static string Of(string text)
    {
        var result = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (result.Length >= MaxLength)
                return result.Append("...").ToString();
            if (IsPrintable(Rune.GetUnicodeCategory(rune)))
                result.Append(rune.ToString());
            else
                result.Append("\\u{").Append(rune.Value.ToString("X", CultureInfo.InvariantCulture)).Append('}');
        }

        return result.ToString();
    }

    private static bool IsPrintable(UnicodeCategory category) => category is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

using System.Globalization;
using System.Text;

namespace FloydSharp.Cli.Output;

/// <summary>Texts of files and prompts on a terminal: nothing in them may steer it.</summary>
internal static class Printable
{
    /// <summary>The text with control, format and unassigned characters shown by number, on one line, shortened.</summary>
    public static string Of(string text, int max = 400)
    {
        var result = new StringBuilder(Math.Min(text.Length, max));
        foreach (var rune in text.EnumerateRunes())
        {
            if (result.Length >= max)
                return result.Append("...").ToString();
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                result.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else
                result.Append(rune.ToString());
        }

        return result.ToString();
    }
}

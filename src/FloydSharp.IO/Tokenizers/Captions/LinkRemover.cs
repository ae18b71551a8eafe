using System.Text;

namespace FloydSharp.IO.Tokenizers.Captions;

/// <summary>
/// Removes what the reference takes for links: <c>\b((?:PREFIX(?:\/{1,3}|[a-zA-Z0-9%])|[a-zA-Z0-9.\-]+[.](?:com|co|...)[\w/-]*\b\/?(?!@)))</c>.
/// As an expression it takes quadratic time on "a.a.a.a": from each start it looks for the last dot before a domain. That
/// dot is the same for all starts in a run of such characters, so here it is looked for once a run.
/// </summary>
internal static class LinkRemover
{
    private static readonly string[] s_web = ["http:", "https:"];
    private static readonly string[] s_www = ["www:"];

    public static string Remove(string text) => RemoveOnce(RemoveOnce(text, s_web), s_www);

    private static string RemoveOnce(string text, string[] prefixes)
    {
        if (text.AsSpan().IndexOfAny('.', ':') < 0)
            return text;
        var result = new StringBuilder(text.Length);
        int runEnd = 0, dot = -1, dotEnd = 0;
        for (var i = 0; i < text.Length;)
        {
            var end = -1;
            if (IsWord(text, i - 1) != IsWord(text, i))
            {
                end = PrefixEnd(text, i, prefixes);
                if (end < 0 && i >= runEnd)
                {
                    runEnd = RunEnd(text, i);
                    (dot, dotEnd) = LastDomain(text, i, runEnd);
                }
                if (end < 0 && dot > i && i < runEnd)
                    end = dotEnd;
            }
            if (end < 0)
                result.Append(text[i++]);
            else
                i = end;
        }
        return result.ToString();
    }

    private static int PrefixEnd(string text, int start, string[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            var at = start + prefix.Length;
            if (at >= text.Length || string.CompareOrdinal(text, start, prefix, 0, prefix.Length) != 0)
                continue;
            if (text[at] != '/')
                return char.IsAsciiLetterOrDigit(text[at]) || text[at] == '%' ? at + 1 : -1;
            var slashes = 1;
            while (slashes < 3 && at + slashes < text.Length && text[at + slashes] == '/')
                slashes++;
            return at + slashes;
        }
        return -1;
    }

    private static (int Dot, int End) LastDomain(string text, int start, int end)
    {
        for (var dot = end - 1; dot > start; dot--)
        {
            if (text[dot] == '.' && CaptionPatterns.Domain().Match(text, dot) is { Success: true } match)
                return (dot, dot + match.Length);
        }
        return (-1, 0);
    }

    private static int RunEnd(string text, int start)
    {
        while (start < text.Length && (char.IsAsciiLetterOrDigit(text[start]) || text[start] is '.' or '-'))
            start++;
        return start;
    }

    private static bool IsWord(string text, int index) =>
        index >= 0 && index < text.Length && (char.IsLetter(text[index]) || char.IsNumber(text[index]) || text[index] == '_');
}

using System.Globalization;

namespace FloydSharp.Memory;

/// <summary>The kernel's small text files: a name, a number and perhaps a unit on each line.</summary>
internal static class KeyValueText
{
    /// <summary>The number that stands behind a name, in bytes when the unit is kB.</summary>
    /// <param name="text">Lines such as <c>VmRSS:   123 kB</c> or <c>inactive_file 4096</c>.</param>
    /// <param name="name">The name without its colon.</param>
    /// <returns>The number; null when the name is missing or no number follows.</returns>
    public static long? Number(string text, string name)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal))
                continue;
            var rest = line[name.Length..];
            if (rest.IsEmpty || (rest[0] != ':' && !char.IsWhiteSpace(rest[0])))
                continue;
            rest = rest.TrimStart(':').Trim();
            var unit = rest.EndsWith("kB", StringComparison.Ordinal) ? 1024 : 1;
            if (unit != 1)
                rest = rest[..^2].TrimEnd();
            return long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= long.MaxValue / unit
                ? value * unit
                : null;
        }
        return null;
    }
}

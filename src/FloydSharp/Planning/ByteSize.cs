using System.Globalization;
using System.Text.RegularExpressions;
using FloydSharp.IO;

namespace FloydSharp.Planning;

/// <summary>Sizes of memory as people write them.</summary>
public static partial class ByteSize
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Reads a size such as <c>13GiB</c>, <c>15 GB</c> or <c>800M</c>: GB is 10^9 bytes; GiB and G alone are 2^30.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="FloydException">It is no size, or none above 0.</exception>
    public static long Parse(string text, string what = "The size")
    {
        var match = Form().Match(text);
        if (match.Success
            && double.TryParse(match.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * Factor(match.Groups[2].Value.ToUpperInvariant(), match.Groups[3].Value.ToUpperInvariant()) is >= 1 and < 1L << 60 and var bytes)
        {
            return (long)bytes;
        }

        throw new FloydException($"{what} is \"{PrintableText.Of(text)}\"; expected a size such as 13GiB, 15 GB or 800M.");
    }

    /// <summary>A size in GiB, or a smaller unit where that reads better, such as <c>3.25 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1023.5 && unit < _units.Length - 1; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit < 3 ? Math.Round(value) : Math.Round(value, 2))} {_units[unit]}");
    }

    /// <summary>A size that is enough and that <see cref="Parse"/> reads back, rounded up to 1/100 of its unit, such as <c>3.26GiB</c>.</summary>
    public static string FormatUp(long bytes)
    {
        const double MiB = 1 << 20, GiB = 1 << 30;
        return bytes >= GiB
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / GiB * 100) / 100}GiB")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / MiB)}MiB");
    }

    private static double Factor(string prefix, string binary) =>
        Math.Pow(binary == "B" && prefix.Length > 0 ? 1000 : 1024, prefix.Length == 0 ? 0 : 1 + "KMGT".IndexOf(prefix[0], StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(iB|B)?\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

using System.Globalization;

namespace FloydSharp.Cli.Output;

/// <summary>Sizes and times for people.</summary>
internal static class Units
{
    private static readonly string[] _bytes = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Such as 1.2 GB, where a GB is 10^9 bytes.</summary>
    public static string Bytes(double value)
    {
        var unit = 0;
        for (; value >= 999.5 && unit < _bytes.Length - 1; unit++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || value >= 99.5 ? Math.Round(value) : Math.Round(value, 1))} {_bytes[unit]}");
    }

    /// <summary>Such as 0.4 s, 19 s, 3 min 05 s, 1 h 02 min.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 9.95 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        < 99.5 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min"),
    };

    /// <summary>Such as 1.3 billion, 430 million, 12345.</summary>
    public static string Count(long value) => value switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.00} billion"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} million"),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };
}

using System.Globalization;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Numbers as people type them.</summary>
internal static class Numbers
{
    /// <summary>A whole number within bounds.</summary>
    /// <exception cref="FloydException">It is none, or lies outside.</exception>
    public static int Whole(string option, string text, int min, int max) => (int)Long(option, text, min, max);

    /// <summary>A large whole number within bounds.</summary>
    /// <exception cref="FloydException">It is none, or lies outside.</exception>
    public static long Long(string option, string text, long min, long max) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new FloydException($"{option} {text}: expected a whole number {(max == long.MaxValue ? $"of {min} or more" : $"from {min} to {max}")}.");

    /// <summary>A number, with a point.</summary>
    /// <exception cref="FloydException">It is none.</exception>
    public static double Real(string option, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new FloydException($"{option} {text}: expected a number such as 7 or 7.5.");
}

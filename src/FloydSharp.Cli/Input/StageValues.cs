using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>Options with one value for all stages or one per stage, such as <c>--steps 50,30,20</c>; <c>-</c> keeps a stage's default.</summary>
internal static class StageValues
{
    /// <summary>The value that stands for "as the stage would do it".</summary>
    public const string Keep = "-";

    /// <summary>Splits an option's text into one value per stage.</summary>
    /// <param name="option">The option's name, for errors.</param>
    /// <param name="text">The text; null where the option is not given.</param>
    /// <param name="stages">How many stages run.</param>
    /// <param name="separator">Stands between the values of two stages.</param>
    /// <returns>One value per stage; null keeps the default.</returns>
    /// <exception cref="FloydException">The number of values does not fit, or one is empty.</exception>
    public static IReadOnlyList<string?> Split(string option, string? text, int stages, char separator = ',')
    {
        if (text is null)
            return new string?[stages];
        var values = Parts(option, text, separator);
        if (values.Length != 1 && values.Length != stages)
            throw new FloydException($"{option} {text} has {values.Length} values for {Count(stages)}; give one for all or one per stage, with - to keep a stage's default.");
        return [.. Enumerable.Range(0, stages).Select(i => values[values.Length == 1 ? 0 : i]).Select(v => v == Keep ? null : v)];
    }

    /// <summary>Splits an option whose values belong to certain stages, the first value to the first of them.</summary>
    /// <param name="option">The option's name, for errors.</param>
    /// <param name="text">The text; null where the option is not given.</param>
    /// <param name="first">The stage of the first value, from 1.</param>
    /// <param name="stages">How many stages run.</param>
    /// <param name="separator">Stands between the values of two stages.</param>
    /// <returns>One value per stage from <paramref name="first"/> to 3; null keeps the default.</returns>
    /// <exception cref="FloydException">There are more values than stages, or one is empty.</exception>
    public static IReadOnlyList<string?> SplitFrom(int first, string option, string? text, int stages, char separator = ',')
    {
        var values = text is null ? [] : Parts(option, text, separator);
        if (first + values.Length - 1 > stages)
            throw new FloydException($"{option} {text} has a value for stage {first + values.Length - 1}, but only {(stages == 1 ? "stage 1 runs" : $"stages 1 to {stages} run")}; leave it out, or give that stage's checkpoint.");
        return [.. Enumerable.Range(first, 4 - first).Select(s => values.ElementAtOrDefault(s - first)).Select(v => v == Keep ? null : v)];
    }

    private static string[] Parts(string option, string text, char separator)
    {
        var values = text.Split(separator, StringSplitOptions.TrimEntries);
        return values.All(v => v.Length > 0)
            ? values
            : throw new FloydException($"{option} {text} has an empty value; write - to keep a stage's default.");
    }

    private static string Count(int stages) => stages == 1 ? "1 stage" : $"{stages} stages";
}

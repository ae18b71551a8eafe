using FloydSharp.Cascade;
using FloydSharp.IO;

namespace FloydSharp.Cli.Input;

/// <summary>The text of <c>--strength</c>: one number for stages I and II, or one each.</summary>
internal static class StrengthText
{
    /// <summary>Reads the strengths.</summary>
    /// <param name="text">The text; null where the option is not given.</param>
    /// <returns>Null keeps a stage's default.</returns>
    /// <exception cref="FloydException">It is no such text.</exception>
    public static (double? Stage1, double? Stage2) Parse(string? text)
    {
        if (text is null)
            return (null, null);
        var values = text.Split(',', StringSplitOptions.TrimEntries);
        if (values.Length > 2)
            throw new FloydException($"--strength {text} has {values.Length} values; give one for stages I and II, or one each.");
        return (Read(values[0]), Read(values[^1]));
    }

    /// <summary>Puts strengths that were given in the place of a request's own.</summary>
    public static CascadeRequest Apply(CascadeRequest request, (double? Stage1, double? Stage2) given) => request with
    {
        Start = request.Start switch
        {
            CascadeStart.Variation start => start with { Stage1Strength = given.Stage1 ?? start.Stage1Strength, Stage2Strength = given.Stage2 ?? start.Stage2Strength },
            CascadeStart.Inpainting start => start with { Stage1Strength = given.Stage1 ?? start.Stage1Strength, Stage2Strength = given.Stage2 ?? start.Stage2Strength },
            var start => start,
        },
    };

    private static double? Read(string value)
    {
        if (value == StageValues.Keep)
            return null;
        var strength = Numbers.Real("--strength", value);
        return strength is > 0 and <= 1
            ? strength
            : throw new FloydException($"--strength {value}: expected a number above 0, at most 1.");
    }
}

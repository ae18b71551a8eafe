using FloydSharp.IO;
using FloydSharp.Schedulers;

namespace FloydSharp.Cli.Input;

/// <summary>Timesteps as people write them: a named list, the numbers themselves, or a respacing.</summary>
internal static class TimestepText
{
    private const int TrainTimesteps = 1000;
    private const string Respace = "respace:";
    private const string Ddim = "ddim";

    /// <summary>Reads timesteps.</summary>
    /// <param name="text">smart27, 999,750,500,250,0, ddim50 or respace:20,20,10.</param>
    /// <returns>Falling timesteps.</returns>
    /// <exception cref="FloydException">The text is none of these.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        if (text.StartsWith(Respace, StringComparison.OrdinalIgnoreCase))
            return TimestepRespacing.Parse(text[Respace.Length..], TrainTimesteps);
        if (text.StartsWith(Ddim, StringComparison.OrdinalIgnoreCase))
            return TimestepRespacing.Parse(text, TrainTimesteps);
        if (!char.IsAsciiDigit(text[0]))
            return TimestepPresets.Find(text);

        var timesteps = text.Split(',', StringSplitOptions.TrimEntries).Select(t => Numbers.Whole("--timesteps", t, 0, TrainTimesteps - 1)).ToArray();
        return timesteps.Zip(timesteps.Skip(1)).All(pair => pair.First > pair.Second)
            ? timesteps
            : throw new FloydException($"--timesteps {text}: the timesteps must fall, such as 999,750,500,250,0; counts per section are written respace:{text}.");
    }
}

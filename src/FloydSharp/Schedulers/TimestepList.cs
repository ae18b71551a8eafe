using System.Globalization;
using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>Timesteps as people write them, for models with 1000 training timesteps.</summary>
public static class TimestepList
{
    private const int TrainTimesteps = 1000;
    private const string Respace = "respace:";
    private const string Ddim = "ddim";

    /// <summary>Reads timesteps.</summary>
    /// <param name="text">
    /// A name of <see cref="TimestepPresets"/>; falling timesteps such as 999,750,500,250,0; a respacing
    /// (<see cref="TimestepRespacing"/>) such as 20,20,20,20,10,0,0,0,0,0 or ddim50, or one number for that many timesteps from
    /// 999 to 0. Numbers that fall are timesteps; written respace:20,10,5 they are a respacing.
    /// </param>
    /// <returns>Falling timesteps.</returns>
    /// <exception cref="FloydException">The text is none of these.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        text = text.Trim();
        if (text.StartsWith(Respace, StringComparison.OrdinalIgnoreCase))
            return TimestepRespacing.Parse(text[Respace.Length..], TrainTimesteps);
        if (text.StartsWith(Ddim, StringComparison.OrdinalIgnoreCase))
            return TimestepRespacing.Parse(text, TrainTimesteps);
        if (!char.IsAsciiDigit(text[0]))
            return TimestepPresets.Find(text);

        var numbers = text.Split(',').Select(part => Number(part.Trim(), text)).ToArray();
        if (numbers.Length == 1 || !numbers.Zip(numbers.Skip(1)).All(pair => pair.First > pair.Second))
            return TimestepRespacing.Parse(text, TrainTimesteps);
        return numbers[0] < TrainTimesteps
            ? numbers
            : throw new FloydException($"Timestep {numbers[0]} is outside the training timesteps 0 to {TrainTimesteps - 1}.");
    }

    private static int Number(string part, string text) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FloydException($"'{(text.Length <= 60 ? text : text[..60] + "...")}' is no list of timesteps: expected a name such as smart50, falling timesteps such as 999,500,0, or a respacing such as 20,20,10 or ddim50.");
}

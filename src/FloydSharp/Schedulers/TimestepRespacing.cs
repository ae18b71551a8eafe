using System.Globalization;
using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>
/// The respacing strings of guided-diffusion and the original IF code (deepfloyd_if/model/respace.py): "20,20,10" splits
/// the training timesteps into three equal sections and takes that many from each, the least noisy section first;
/// "ddim50" takes every k-th timestep so that there are 50.
/// </summary>
public static class TimestepRespacing
{
    private const string DdimPrefix = "ddim";

    /// <summary>Turns a respacing string into timesteps.</summary>
    /// <param name="text">Comma-separated counts, or ddimN.</param>
    /// <param name="trainTimesteps">Number of training timesteps, above 0.</param>
    /// <returns>Descending timesteps.</returns>
    /// <exception cref="FloydException">The text is neither, or asks for more timesteps than a section has.</exception>
    public static IReadOnlyList<int> Parse(string text, int trainTimesteps)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainTimesteps);
        return text.StartsWith(DdimPrefix, StringComparison.OrdinalIgnoreCase)
            ? EveryKth(Count(text[DdimPrefix.Length..], text), trainTimesteps)
            : Sections([.. text.Split(',', Math.Min(trainTimesteps, 4096) + 1).Select(part => Count(part, text))], trainTimesteps, text);
    }

    private static int[] EveryKth(int count, int trainTimesteps)
    {
        for (var stride = 1; stride <= trainTimesteps; stride++)
        {
            if ((trainTimesteps + stride - 1) / stride == count)
                return [.. Enumerable.Range(0, count).Reverse().Select(i => i * stride)];
        }

        throw new FloydException($"No whole stride takes exactly {count} of {trainTimesteps} timesteps: choose another number for ddimN.");
    }

    private static int[] Sections(int[] counts, int trainTimesteps, string text)
    {
        if (counts.Length > trainTimesteps)
            throw new FloydException($"The respacing has more sections than there are timesteps ({trainTimesteps}).");
        var (size, extra) = Math.DivRem(trainTimesteps, counts.Length);
        var timesteps = new List<int>();
        var start = 0;
        for (var section = 0; section < counts.Length; section++)
        {
            var length = size + (section < extra ? 1 : 0);
            var count = counts[section];
            if (count > length)
                throw new FloydException($"The respacing '{Show(text)}' takes {count} timesteps from a section of {length}.");
            var stride = count <= 1 ? 1.0 : (length - 1.0) / (count - 1);

            // Summed, not multiplied: the rounding of the original decides ties.
            var position = 0.0;
            for (var i = 0; i < count; i++, position += stride)
                timesteps.Add(start + (int)Math.Round(position, MidpointRounding.ToEven));
            start += length;
        }

        if (timesteps.Count == 0)
            throw new FloydException($"The respacing '{Show(text)}' takes no timesteps.");
        timesteps.Reverse();
        return [.. timesteps];
    }

    private static int Count(string part, string text) =>
        int.TryParse(part.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new FloydException($"'{Show(text)}' is no respacing: expected counts such as 20,20,10 or ddim50.");

    private static string Show(string text) => text.Length <= 60 ? text : text[..60] + "...";
}

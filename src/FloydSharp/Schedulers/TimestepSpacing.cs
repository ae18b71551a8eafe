using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>
/// Picks a run's timesteps out of the training timesteps (Lin et al. 2023, arXiv:2305.08891, table 2), rounding halves to
/// even as NumPy does. All lists descend.
/// </summary>
public static class TimestepSpacing
{
    /// <summary>The timesteps of DDPM and DDIM.</summary>
    /// <param name="kind">How they are spaced.</param>
    /// <param name="trainTimesteps">Number of training timesteps.</param>
    /// <param name="count">Number of denoising steps, 1 to <paramref name="trainTimesteps"/>.</param>
    /// <param name="offset">Added under leading spacing.</param>
    /// <returns><paramref name="count"/> timesteps.</returns>
    /// <exception cref="FloydException">The count is out of range, or the offset leads past the last training timestep.</exception>
    public static int[] Select(TimestepSpacingKind kind, int trainTimesteps, int count, int offset = 0)
    {
        CheckCount(count, trainTimesteps);
        var timesteps = kind switch
        {
            TimestepSpacingKind.Linspace => Linspace(trainTimesteps - 1, count),
            TimestepSpacingKind.Leading => Leading(trainTimesteps / count, count, offset),
            TimestepSpacingKind.Trailing => Trailing(trainTimesteps, (double)trainTimesteps / count, count),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such spacing."),
        };
        return CheckRange(timesteps, trainTimesteps, offset);
    }

    /// <summary>The timesteps of DPM-Solver, whose lists leave out timestep 0 because a run ends one step past the last one.</summary>
    /// <param name="kind">How they are spaced.</param>
    /// <param name="trainTimesteps">Number of training timesteps.</param>
    /// <param name="usedTimesteps">How many of them, from 0 up, are not clipped away by lambda_min_clipped.</param>
    /// <param name="count">Number of denoising steps, 1 to <paramref name="trainTimesteps"/>.</param>
    /// <param name="offset">Added under leading spacing.</param>
    /// <returns><paramref name="count"/> timesteps, fewer where trailing spacing meets clipping.</returns>
    /// <exception cref="FloydException">The count is out of range, or the offset leads past the last training timestep.</exception>
    public static int[] SelectForSolver(TimestepSpacingKind kind, int trainTimesteps, int usedTimesteps, int count, int offset = 0)
    {
        CheckCount(count, trainTimesteps);
        var timesteps = kind switch
        {
            TimestepSpacingKind.Linspace => Linspace(usedTimesteps - 1, count + 1)[..^1],
            TimestepSpacingKind.Leading => Leading(usedTimesteps / (count + 1), count + 1, offset)[..^1],
            TimestepSpacingKind.Trailing => Trailing(usedTimesteps, (double)trainTimesteps / count, count),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such spacing."),
        };
        return CheckRange(timesteps, trainTimesteps, offset);
    }

    /// <summary>A caller's own list, checked and copied.</summary>
    internal static int[] CheckCustom(IReadOnlyList<int> custom, int trainTimesteps)
    {
        ArgumentNullException.ThrowIfNull(custom);
        if (custom.Count == 0)
            throw new FloydException("The list of timesteps is empty: give at least one.");
        for (var i = 0; i < custom.Count; i++)
        {
            if (custom[i] < 0 || custom[i] >= trainTimesteps)
                throw new FloydException($"Timestep {custom[i]} is outside the training timesteps 0 to {trainTimesteps - 1}.");
            if (i > 0 && custom[i] >= custom[i - 1])
                throw new FloydException($"Custom timesteps must descend, but {custom[i]} follows {custom[i - 1]}.");
        }

        return [.. custom];
    }

    private static int[] Linspace(int last, int count)
    {
        if (count == 1)
            return [0];
        var step = (double)last / (count - 1);
        return [.. Enumerable.Range(0, count).Reverse().Select(i => i == count - 1 ? last : Round(i * step))];
    }

    private static int[] Leading(int stride, int count, int offset) =>
        [.. Enumerable.Range(0, count).Reverse().Select(i => (i * stride) + offset)];

    /// <summary>
    /// np.arange(start, 0, -stride): NumPy first rounds its stride to the distance of the first two values. Where rounding
    /// makes it give one value too many (61 steps of 1000), that value would be timestep -1; it is left out here.
    /// </summary>
    private static int[] Trailing(int start, double stride, int count)
    {
        var length = (int)Math.Min(Math.Ceiling(start / stride), count);
        var delta = start - stride - start;
        return [.. Enumerable.Range(0, length).Select(i => Round(start + (i * delta)) - 1)];
    }

    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.ToEven);

    private static void CheckCount(int count, int trainTimesteps)
    {
        if (count < 1 || count > trainTimesteps)
            throw new FloydException($"{count} denoising steps were asked for; this schedule has 1 to {trainTimesteps}.");
    }

    private static int[] CheckRange(int[] timesteps, int trainTimesteps, int offset)
    {
        if (timesteps.Length == 0 || timesteps[0] >= trainTimesteps)
            throw new FloydException($"{timesteps.Length} steps with steps_offset {offset} lead past the last training timestep {trainTimesteps - 1}: ask for fewer steps.");
        return timesteps;
    }
}

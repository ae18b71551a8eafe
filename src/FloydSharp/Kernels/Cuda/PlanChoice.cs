namespace FloydSharp.Kernels.Cuda;

/// <summary>Finds the fastest of some plans by running them.</summary>
internal static class PlanChoice
{
    /// <summary>How many times as slow as the best so far a plan's first run may be; slower ones are not run again.</summary>
    public const double SlowestFirst = 2;

    /// <summary>A later plan must need less than this part of the best one's time: cuDNN's own order decides between equals.</summary>
    public const double LeastGain = 0.98;

    private const int Rounds = 3;

    // Of one plan; beyond it one round is as good as three.
    private const double MostMilliseconds = 30;

    // Short ones are repeated so that a round is longer than the device's clock is coarse.
    private const double RoundMilliseconds = 0.3;
    private const int MostRuns = 8;

    /// <summary>Measures plans.</summary>
    /// <param name="count">How many there are, in the order in which they are expected to be fast.</param>
    /// <param name="measure">Runs a plan (first) so many times (second) and returns the milliseconds of one run; null where it fails.</param>
    /// <returns>The best plan's index, null where all failed; and for each plan its least time, null where it failed.</returns>
    public static (int? Best, IReadOnlyList<double?> Milliseconds) Fastest(int count, Func<int, int, double?> measure)
    {
        var times = new double?[count];
        int? best = null;

        // The device may be asleep, and the first would be thought slow for it.
        if (count > 0)
            _ = measure(0, 1);
        for (var plan = 0; plan < count; plan++)
        {
            times[plan] = Least(plan, best is { } leader ? times[leader]!.Value : double.PositiveInfinity, measure);
            if (times[plan] is { } time && (best is null || time < LeastGain * times[best.Value]))
                best = plan;
        }

        return (best, times);
    }

    private static double? Least(int plan, double best, Func<int, int, double?> measure)
    {
        if (measure(plan, 1) is not { } least)
            return null;
        var spent = least;
        for (var round = 0; round < Rounds && least <= SlowestFirst * best && spent < MostMilliseconds; round++)
        {
            var runs = (int)Math.Clamp(RoundMilliseconds / Math.Max(least, 1e-3), 1, MostRuns);
            if (measure(plan, runs) is not { } time)
                return null;
            least = Math.Min(least, time);
            spent += time * runs;
        }

        return least;
    }
}

using FloydSharp.IO;

namespace FloydSharp.Pipelines;

/// <summary>Which part of a schedule runs when it starts from a picture instead of pure noise (SDEdit, arXiv:2108.01073).</summary>
internal static class StartTimesteps
{
    /// <summary>The last timesteps, as many as the strength's share of all, rounded down as the reference rounds.</summary>
    /// <param name="all">The whole schedule, descending.</param>
    /// <param name="strength">Above 0, at most 1.</param>
    /// <exception cref="FloydException">No step is left.</exception>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> all, double strength)
    {
        var count = Math.Min((int)(all.Count * strength), all.Count);
        return count > 0
            ? [.. all.Skip(all.Count - count)]
            : throw new FloydException($"A strength of {strength} leaves none of {all.Count} steps; raise the strength or the number of steps.");
    }
}

namespace FloydSharp.Profile.Rows;

/// <summary>A process and the card at a moment, in bytes.</summary>
/// <param name="Time">Of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="Anonymous">RssAnon.</param>
/// <param name="Shared">RssShmem, where page-locked memory may be counted.</param>
/// <param name="Pinned">VmPin.</param>
/// <param name="Device">What the card has less free than before the process began; null without a card.</param>
internal sealed record Sample(long Time, long Anonymous, long Shared, long Pinned, long? Device)
{
    /// <summary>The largest of each.</summary>
    public static Sample Largest(IEnumerable<Sample> samples) => samples.Aggregate(new Sample(0, 0, 0, 0, null), (a, b) => new(
        Math.Max(a.Time, b.Time), Math.Max(a.Anonymous, b.Anonymous), Math.Max(a.Shared, b.Shared), Math.Max(a.Pinned, b.Pinned),
        b.Device is { } now ? Math.Max(a.Device ?? 0, now) : a.Device));
}

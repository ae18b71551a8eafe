namespace FloydSharp.Training.World;

/// <summary>Choices by chance.</summary>
internal static class Pick
{
    /// <summary>True with the given probability.</summary>
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>One of the items, all equally likely.</summary>
    public static T Of<T>(this Random random, params ReadOnlySpan<T> items) => items[random.Next(items.Length)];

    /// <summary>An evenly distributed number.</summary>
    public static float Range(this Random random, double from, double to) => (float)(from + ((to - from) * random.NextDouble()));

    /// <summary>One of the items, each as likely as its weight says.</summary>
    public static T Weighted<T>(this Random random, IReadOnlyList<(T Item, double Weight)> items)
    {
        var total = 0.0;
        for (var i = 0; i < items.Count; i++)
            total += items[i].Weight;
        var at = random.NextDouble() * total;
        for (var i = 0; i < items.Count; i++)
        {
            at -= items[i].Weight;
            if (at < 0)
                return items[i].Item;
        }

        return items[^1].Item;
    }
}

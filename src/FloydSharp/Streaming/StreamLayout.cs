using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>
/// Which parts of a model stay on the device and which are streamed through slots. Streamed parts are spread evenly between
/// those that stay, whose computing hides their copies.
/// </summary>
/// <param name="Resident">Units that stay.</param>
/// <param name="Streamed">Units that come when they are used, in the order of the model.</param>
/// <param name="SlotElements">Elements that one slot needs, by dtype.</param>
internal sealed record StreamLayout(IReadOnlyList<StreamUnit> Resident, IReadOnlyList<StreamUnit> Streamed, IReadOnlyDictionary<ScalarType, long> SlotElements)
{
    /// <summary>While one slot computes, the next one is filled.</summary>
    public const int SlotCount = 2;

    // Larger units need larger slots, smaller ones more turns of the reader.
    private const long UsualUnitBytes = 128 << 20;
    private const int Fractions = 64;

    /// <summary>Bytes of all slots.</summary>
    public long SlotBytes => SlotCount * SlotElements.Sum(s => s.Value * StreamPart.SizeOf(s.Key));

    /// <summary>Bytes of the units that stay.</summary>
    public long ResidentBytes => Resident.Sum(u => u.Bytes);

    /// <summary>Bytes of the units that are streamed.</summary>
    public long StreamedBytes => Streamed.Sum(u => u.Bytes);

    /// <summary>Chooses as little to stream as a budget allows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its weights that can be streamed, by name.</param>
    /// <param name="fixedBytes">Bytes on the device that all others take.</param>
    /// <param name="budget">Bytes of the device that weights may take.</param>
    /// <exception cref="FloydException">Even with everything streamed it is not enough.</exception>
    public static StreamLayout Choose(Layer model, IReadOnlyDictionary<string, StreamPart> weights, long fixedBytes, long budget)
    {
        var largest = weights.Count == 0 ? 0 : weights.Values.Max(w => w.Bytes);
        foreach (var most in new[] { Math.Max(largest, Math.Min(UsualUnitBytes, budget / 8)), largest })
        {
            var units = Units(model, weights, most);
            for (var part = 0; part <= Fractions; part++)
            {
                var layout = Spread(units, part);
                if (fixedBytes + layout.ResidentBytes + layout.SlotBytes <= budget)
                    return layout;
            }
        }

        throw new FloydException($"The model's weights need at least {(Smallest(model, weights, fixedBytes) >> 20) + 1} MiB on the device, with all that can be streamed streamed, but {budget >> 20} MiB are allowed; allow more, or take a smaller variant such as 8bit.");
    }

    /// <summary>The least budget that <see cref="Choose"/> accepts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its weights that can be streamed, by name.</param>
    /// <param name="fixedBytes">Bytes on the device that all others take.</param>
    public static long Smallest(Layer model, IReadOnlyDictionary<string, StreamPart> weights, long fixedBytes)
    {
        var units = Units(model, weights, weights.Count == 0 ? 0 : weights.Values.Max(w => w.Bytes));
        return fixedBytes + Enumerable.Range(0, Fractions + 1).Select(part => Spread(units, part)).Min(l => l.ResidentBytes + l.SlotBytes);
    }

    private static List<StreamUnit> Units(Layer model, IReadOnlyDictionary<string, StreamPart> weights, long most)
    {
        var names = model.NamedWeights().ToDictionary(w => w.Value, w => w.Key);
        HashSet<Weight> taken = [];
        List<StreamUnit> units = [];
        Split(model);
        return units;

        void Split(Layer layer)
        {
            var own = Left(layer.NamedWeights().Select(w => w.Value));
            if (own.Count == 0)
                return;
            if (layer.RunsAtOnce && own.Sum(w => weights[names[w]].Bytes) <= most)
            {
                Take(own, Joins(layer));
                return;
            }

            // What one product computes comes together, from wherever in the tree it is.
            foreach (var join in (layer as IJoinsLinears)?.Joins ?? [])
                Take(Left(join.Parts.Select(p => p.Matrix)), [join]);
            foreach (var weight in Left(layer.OwnWeights.Select(w => w.Value)))
                Take([weight], []);
            foreach (var (_, child) in layer.Children)
                Split(child);
        }

        List<Weight> Left(IEnumerable<Weight> some) => [.. some.Where(w => names.TryGetValue(w, out var name) && weights.ContainsKey(name) && !taken.Contains(w))];

        void Take(List<Weight> some, IEnumerable<JoinedLinear> joins)
        {
            var followers = joins.SelectMany(j => j.Parts.Zip(j.Parts.Skip(1), (before, part) => (part.Matrix, Before: before.Matrix))).ToDictionary(p => p.Matrix, p => p.Before);
            if (some.Count > 0)
                units.Add(new([.. some.Select((w, i) => weights[names[w]] with { Follows = i > 0 && followers.GetValueOrDefault(w) == some[i - 1] })]));
            taken.UnionWith(some);
        }
    }

    private static IEnumerable<JoinedLinear> Joins(Layer layer) =>
        ((layer as IJoinsLinears)?.Joins ?? []).Concat(layer.Children.SelectMany(c => Joins(c.Value)));

    private static StreamLayout Spread(List<StreamUnit> units, int part)
    {
        List<StreamUnit> resident = [], streamed = [];
        long owed = 0;
        foreach (var unit in units)
        {
            owed += unit.Bytes * part;
            var streams = owed >= unit.Bytes * Fractions;
            (streams ? streamed : resident).Add(unit);
            if (streams)
                owed -= unit.Bytes * Fractions;
        }

        var slots = streamed.SelectMany(u => u.SlotElements).GroupBy(s => s.Key).ToDictionary(g => g.Key, g => g.Max(s => s.Value));
        return new(resident, streamed, slots);
    }
}

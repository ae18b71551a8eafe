using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;

namespace FloydSharp.Weights;

/// <summary>Which entry of the files is which weight of a model. Reads no weights.</summary>
internal sealed class CheckpointMatch
{
    private readonly ICheckpointModel? _known;
    private readonly Dictionary<string, Weight> _slots;
    private readonly HashSet<string> _filled = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _misshapen = [];

    private CheckpointMatch(Layer model)
    {
        _known = model as ICheckpointModel;
        _slots = model.NamedWeights().ToDictionary(p => p.Key, p => p.Value);
    }

    /// <summary>Matches.</summary>
    /// <returns>Weights that fit, in the order of the files, and what does not.</returns>
    /// <exception cref="FloydException">Int8 weights and scales do not belong together, or lie in a form that is not read.</exception>
    public static (IReadOnlyList<WeightPlace> Places, CheckpointReport Report) Of(Layer model, WeightSet weights) => new CheckpointMatch(model).Run(weights);

    private (IReadOnlyList<WeightPlace> Places, CheckpointReport Report) Run(WeightSet weights)
    {
        List<WeightPlace> places = [];
        foreach (var location in weights.Entries)
        {
            var key = location.Entry.Name;
            if (Int8Keys.WeightOf(key) is { } owner)
                CheckCompanion(weights, location, owner);
            else if (NameOf(key) is not { } name)
                continue;
            else if (!_slots.TryGetValue(name, out var weight))
                _unexpected.Add(key);
            else if (!SameShape(location.Entry.Shape, weight.Shape))
                Misshapen(name, location.Entry, weight.Shape);
            else if (_filled.Add(name))
                places.Add(new(name, weight, location.File, location.Entry, Int8Keys.ScalesOf(weights, location, weight)));
        }

        var report = new CheckpointReport
        {
            Missing = [.. _slots.Keys.Where(name => !_filled.Contains(name))],
            Unexpected = _unexpected,
            Misshapen = _misshapen,
            FileBytes = places.Sum(p => p.Length),
        };
        return (places, report);
    }

    private string? NameOf(string key) => _known is null ? key : _known.MapKey(key);

    // Scales and formats come with a weight; one that the model does not need makes them needless too.
    private void CheckCompanion(WeightSet weights, WeightLocation location, string owner)
    {
        if (NameOf(owner) is not { } name)
            return;
        if (!_slots.ContainsKey(name))
            _unexpected.Add(location.Entry.Name);
        else
            Int8Keys.CheckOwner(weights, location, owner);
    }

    private void Misshapen(string name, SafetensorsEntry entry, IReadOnlyList<long> expected)
    {
        _filled.Add(name);
        _misshapen.Add($"{entry.Name} is [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", expected)}]");
    }

    private static bool SameShape(IReadOnlyList<long> stored, IReadOnlyList<long> expected) =>
        WithoutTrailingOnes(stored).SequenceEqual(WithoutTrailingOnes(expected));

    private static IEnumerable<long> WithoutTrailingOnes(IReadOnlyList<long> shape)
    {
        var count = shape.Count;
        while (count > 2 && shape[count - 1] == 1)
            count--;
        return shape.Take(count);
    }
}

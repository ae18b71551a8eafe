using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Room for the weights that <see cref="CudaKernels"/> wants elsewhere than they come: filters in channels-last order, and linear
/// maps of the same input one below the other. Read there at once they take no memory twice, and leave no holes in the device's.
/// </summary>
internal sealed class CudaWeightRooms : IWeightRooms, IDisposable
{
    private readonly HashSet<Weight> _filters = [];
    private readonly Dictionary<Weight, IReadOnlyList<Weight>> _joins = [];
    private readonly Dictionary<(IReadOnlyList<Weight> Join, ScalarType DType), Tensor> _wholes = [];

    /// <summary>For a model that is not filled yet.</summary>
    public CudaWeightRooms(Layer model)
    {
        foreach (var layer in model.SelfAndBelow())
            Collect(layer);
    }

    /// <inheritdoc/>
    public Tensor? RoomFor(Weight weight, ScalarType dtype, Device device)
    {
        if (_filters.Contains(weight))
        {
            var (a, b, c, d) = (weight.Shape[0], weight.Shape[1], weight.Shape[2], weight.Shape[3]);
            using var rows = empty([a, c, d, b], dtype, device);              // (Cout, k, k, Cin)
            return PixelOrder.Features(rows);                                 // (Cout, Cin, k, k)
        }

        if (!_joins.TryGetValue(weight, out var join))
            return null;
        if (!_wholes.TryGetValue((join, dtype), out var whole))
        {
            long[] shape = [join.Sum(w => w.Shape[0]), .. weight.Shape.Skip(1)];
            _wholes[(join, dtype)] = whole = empty(shape, dtype, device).DetachFromDisposeScope();
        }

        return whole.narrow(0, join.TakeWhile(w => w != weight).Sum(w => w.Shape[0]), weight.Shape[0]);
    }

    /// <summary>Lets go of what weights hold now themselves.</summary>
    public void Dispose()
    {
        foreach (var whole in _wholes.Values)
            whole.Dispose();
        _wholes.Clear();
    }

    private void Collect(Layer layer)
    {
        if (layer is Conv2d conv && conv.Terms().Weight is { } filter && filter.Shape[2] > 1)
            _filters.Add(filter);
        foreach (var join in ((layer as IJoinsLinears)?.Joins ?? []).Where(j => j.Parts.Count > 1))
        {
            Add([.. join.Parts.Select(p => p.Matrix)]);
            if (join.Parts.All(p => p.Offset is not null))
                Add([.. join.Parts.Select(p => p.Offset!)]);
        }
    }

    private void Add(IReadOnlyList<Weight> weights)
    {
        foreach (var weight in weights)
            _joins.TryAdd(weight, weights);
    }
}

using FloydSharp.Quantization;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>Memory of the device that holds one streamed unit after the other: one buffer per dtype, allocated once.</summary>
internal sealed class StreamSlot : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor> _buffers = [];

    /// <summary>Allocates.</summary>
    /// <param name="elements">Elements by dtype.</param>
    /// <param name="device">The device.</param>
    public StreamSlot(IReadOnlyDictionary<ScalarType, long> elements, IStreamDevice device)
    {
        try
        {
            foreach (var (dtype, count) in elements)
                _buffers[dtype] = empty(count, dtype, device.Device).DetachFromDisposeScope();
            (Ready, Free) = (device.NewMark(), device.NewMark());
        }
        catch
        {
            foreach (var buffer in _buffers.Values)
                buffer.Dispose();
            throw;
        }

        // CUDA's pool hands memory out in the order of the computing: what had it before may still be at work there.
        Free.SetAfterComputing();
    }

    /// <summary>The unit that is in the slot or on its way there; -1 for none.</summary>
    public int Unit { get; set; } = -1;

    /// <summary>Behind the copies of the unit.</summary>
    public IStreamMark Ready { get; }

    /// <summary>Behind the last computing with the unit that was here before.</summary>
    public IStreamMark Free { get; }

    /// <summary>A unit's weights as they lie in the slot, each as a run of elements.</summary>
    /// <returns>Views, owned by the caller.</returns>
    public IReadOnlyList<Tensor> Parts(StreamUnit unit)
    {
        List<Tensor> parts = [];
        foreach (var (part, start) in unit.Parts.Zip(unit.Starts))
            parts.Add(_buffers[part.Kept].narrow(0, start, part.Count).DetachFromDisposeScope());
        return parts;
    }

    /// <summary>All that a unit takes of the slot, by dtype.</summary>
    /// <returns>Views, owned by the caller.</returns>
    public IReadOnlyDictionary<ScalarType, Tensor> Whole(StreamUnit unit) =>
        unit.SlotElements.ToDictionary(s => s.Key, s => _buffers[s.Key].narrow(0, 0, s.Value).DetachFromDisposeScope());

    /// <summary>Fills a unit's weights with what lies in the slot.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="weights">The weights by name.</param>
    /// <param name="scales">Scales of int8 weights, on the device. Not disposed.</param>
    /// <param name="execution">How products with int8 weights are computed.</param>
    public void Show(StreamUnit unit, IReadOnlyDictionary<string, StreamedWeight> weights, IReadOnlyDictionary<string, Tensor> scales, Int8Execution execution)
    {
        foreach (var (name, part) in unit.Parts.Select(p => p.Name).Zip(Parts(unit)))
        {
            using (part)
            {
                var weight = weights[name];
                var value = part.view([.. weight.Place.Weight.Shape]);
                if (weight.IsCompact)
                    weight.Place.Weight.Fill(new CompactTensor(value, scales.TryGetValue(name, out var own) ? own.alias() : null, weight.DType, execution));
                else
                    weight.Place.Weight.Fill(value);
            }
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
        Ready.Dispose();
        Free.Dispose();
    }
}

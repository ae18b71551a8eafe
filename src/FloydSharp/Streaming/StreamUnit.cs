using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>A weight as far as its place on a device matters.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Kept">The dtype it has on the device.</param>
/// <param name="Count">Elements.</param>
internal sealed record StreamPart(string Name, ScalarType Kept, long Count)
{
    // libtorch's allocators align tensors so, and products are chosen by how their operands are aligned: a weight in a slot must
    // not be told from one that stays.
    private const long Alignment = 512;

    /// <summary>Whether it lies right behind the part before it in its unit, because one product computes both.</summary>
    public bool Follows { get; init; }

    /// <summary>Bytes on the device, without the scales of int8 values, which stay there.</summary>
    public long Bytes => Count * SizeOf(Kept);

    /// <summary>Where it begins in a slot's buffer of its dtype.</summary>
    /// <param name="used">Elements that the parts before it reach to.</param>
    public long StartAfter(long used)
    {
        var step = Alignment / SizeOf(Kept);
        return Follows ? used : (used + step - 1) / step * step;
    }

    /// <summary>Bytes of an element.</summary>
    public static long SizeOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Int8 => 1,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => 4,
    };
}

/// <summary>Weights that come in together, because they are used one right after the other.</summary>
/// <param name="Parts">In the order of the model.</param>
internal sealed record StreamUnit(IReadOnlyList<StreamPart> Parts)
{
    // Values of several dtypes lie one behind the other in the host's memory.
    private const long Alignment = 512;

    /// <summary>Bytes on the device.</summary>
    public long Bytes => Parts.Sum(p => p.Bytes);

    /// <summary>Elements by dtype that the unit takes in a slot.</summary>
    public IReadOnlyDictionary<ScalarType, long> SlotElements
    {
        get
        {
            Dictionary<ScalarType, long> used = [];
            foreach (var (part, start) in Parts.Zip(Starts))
                used[part.Kept] = start + part.Count;
            return used;
        }
    }

    /// <summary>Where each part begins in a slot's buffer of its dtype, in elements.</summary>
    public IReadOnlyList<long> Starts
    {
        get
        {
            Dictionary<ScalarType, long> used = [];
            List<long> starts = [];
            foreach (var part in Parts)
            {
                var start = part.StartAfter(used.GetValueOrDefault(part.Kept));
                starts.Add(start);
                used[part.Kept] = start + part.Count;
            }

            return starts;
        }
    }

    /// <summary>Bytes that the unit takes where it stays in the host's memory.</summary>
    public long PinnedBytes => SlotElements.Sum(s => Aligned(s.Value * StreamPart.SizeOf(s.Key)));

    /// <summary>Where the values of each dtype begin there, in bytes, laid out as in a slot.</summary>
    public IReadOnlyDictionary<ScalarType, long> PinnedStarts
    {
        get
        {
            Dictionary<ScalarType, long> starts = [];
            long used = 0;
            foreach (var (dtype, count) in SlotElements.OrderBy(s => s.Key))
            {
                starts[dtype] = used;
                used += Aligned(count * StreamPart.SizeOf(dtype));
            }

            return starts;
        }
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}

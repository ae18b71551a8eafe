using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>A weight that is brought in when it is used.</summary>
/// <param name="Place">The weight and where its values lie.</param>
/// <param name="Kept">The dtype it has on the device.</param>
/// <param name="DType">The dtype of its products.</param>
/// <param name="IsCompact">Whether it is kept in fewer bits than it is computed with.</param>
internal sealed record StreamedWeight(WeightPlace Place, ScalarType Kept, ScalarType DType, bool IsCompact)
{
    /// <summary>Elements.</summary>
    public long Count => Place.Entry.ElementCount;

    /// <summary>Bytes on the device, without the scales of int8 values, which stay there.</summary>
    public long Bytes => Count * SizeOf(Kept);

    /// <summary>Bytes of an element.</summary>
    public static long SizeOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Int8 => 1,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => 4,
    };
}

/// <summary>Weights that come in together, because they are used one right after the other.</summary>
/// <param name="Weights">In the order of the model.</param>
internal sealed record StreamUnit(IReadOnlyList<StreamedWeight> Weights)
{
    /// <summary>Bytes on the device.</summary>
    public long Bytes => Weights.Sum(w => w.Bytes);
}

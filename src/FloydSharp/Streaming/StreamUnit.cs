using static TorchSharp.torch;

namespace FloydSharp.Streaming;

/// <summary>A weight as far as its place on a device matters.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Kept">The dtype it has on the device.</param>
/// <param name="Count">Elements.</param>
internal sealed record StreamPart(string Name, ScalarType Kept, long Count)
{
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
/// <param name="Parts">In the order of the model.</param>
internal sealed record StreamUnit(IReadOnlyList<StreamPart> Parts)
{
    /// <summary>Bytes on the device.</summary>
    public long Bytes => Parts.Sum(p => p.Bytes);
}

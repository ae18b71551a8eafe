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
    /// <summary>Its part of a layout.</summary>
    public StreamPart Part => new(Place.Name, Kept, Place.Entry.ElementCount);
}

using FloydSharp.Nn;

namespace FloydSharp.Training.Optimization;

/// <summary>Where one weight lies in the flat buffers.</summary>
/// <param name="Part">The component it belongs to, such as <c>unet</c>.</param>
/// <param name="Name">Its name in that component's checkpoint.</param>
/// <param name="Weight">The slot in the layer tree.</param>
/// <param name="Offset">First element in the flat buffers.</param>
internal sealed record ParameterSlot(string Part, string Name, Weight Weight, long Offset)
{
    /// <summary>The name among all parts.</summary>
    public string FullName => $"{Part}.{Name}";

    /// <summary>Number of elements.</summary>
    public long Count { get; } = Weight.ElementCount;

    /// <summary>Dimensions.</summary>
    public long[] Shape { get; } = [.. Weight.Shape];
}

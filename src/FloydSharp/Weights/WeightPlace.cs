using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;

namespace FloydSharp.Weights;

/// <summary>A weight of a model and where its values lie.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Weight">The weight.</param>
/// <param name="File">The file of its values.</param>
/// <param name="Entry">Its values.</param>
/// <param name="Scales">Where the scales of int8 values lie; null for other values.</param>
internal sealed record WeightPlace(string Name, Weight Weight, SafetensorsFile File, SafetensorsEntry Entry, WeightLocation? Scales)
{
    /// <summary>Bytes in the files.</summary>
    public long Length => Entry.Length + (Scales?.Entry.Length ?? 0);
}

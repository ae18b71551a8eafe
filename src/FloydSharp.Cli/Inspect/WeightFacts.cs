using System.Text.Json.Serialization;

namespace FloydSharp.Cli.Inspect;

/// <summary>A set of weights: one variant of a component.</summary>
/// <param name="Variant">Its name; "" for the files without one.</param>
/// <param name="Files">The files: one, or the shards.</param>
/// <param name="Tensors">Number of tensors.</param>
/// <param name="Parameters">Number of elements in them; scales of int8 weights do not count.</param>
/// <param name="Int8">Number of int8 weights with scales.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="DTypes">Number of tensors by dtype.</param>
internal sealed record WeightFacts(
    string Variant, IReadOnlyList<string> Files, int Tensors, long Parameters, int Int8, long Bytes, [property: JsonPropertyName("dtypes")] IReadOnlyDictionary<string, int> DTypes);

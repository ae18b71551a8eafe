using System.Text.Json.Serialization;

namespace FloydSharp.Cli.Inspect;

/// <summary>A tensor of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Its dtype.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record TensorFacts(string Name, [property: JsonPropertyName("dtype")] string DType, IReadOnlyList<long> Shape, long Bytes);

using System.Text.Json.Serialization;

namespace FloydSharp.Pipelines;

[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class TextListContext : JsonSerializerContext;

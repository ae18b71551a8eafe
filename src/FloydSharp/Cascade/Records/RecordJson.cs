using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FloydSharp.Cascade.Runs;
using FloydSharp.IO;

namespace FloydSharp.Cascade.Records;

/// <summary>Records as JSON. Reading is strict: unknown, missing and repeated keys are errors, because each would change the result.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(PictureInfo))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(IReadOnlyList<CandidateRecord>))]
internal sealed partial class RecordJson : JsonSerializerContext
{
    /// <summary>Reads a record.</summary>
    /// <param name="json">The text; not trusted.</param>
    /// <param name="info">The record's generated reader.</param>
    /// <param name="what">What messages call it.</param>
    /// <exception cref="FloydException">It is no such record.</exception>
    public static T Read<T>(string json, JsonTypeInfo<T> info, string what)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, info) ?? throw new FloydException($"{what} is damaged: it holds null.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new FloydException($"{what} is damaged or of another version ({PrintableText.Of(e.Message.TrimEnd('.'))}).", e);
        }
    }
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FloydSharp.Cascade;

/// <summary>cascade.json as it stands in the file.</summary>
internal sealed record CascadeManifest
{
    /// <summary>The version of the form that this program reads.</summary>
    public const int Known = 1;

    public int Version { get; init; }

    public string? Watermarker { get; init; }

    public IReadOnlyList<JsonObject> Stages { get; init; } = [];
}

/// <summary>One of its stages.</summary>
internal sealed record CascadeManifestStage
{
    public string Folder { get; init; } = "";

    public string? Scheduler { get; init; }

    public JsonObject? SchedulerConfig { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public int? NoiseLevel { get; init; }

    public bool? KeepColours { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CascadeManifest))]
[JsonSerializable(typeof(CascadeManifestStage))]
internal sealed partial class CascadeManifestJson : JsonSerializerContext;

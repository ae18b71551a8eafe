using System.Text.Json.Serialization;

namespace FloydSharp.Schedulers;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SchedulerConfig))]
internal sealed partial class SchedulerConfigJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace FloydSharp.Schedulers;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SchedulerConfig))]
internal sealed partial class SchedulerConfigJson : JsonSerializerContext
{
    /// <summary>Python writes the default of lambda_min_clipped as a bare -Infinity, which JSON does not have.</summary>
    public static string QuoteInfinity(string json) => BareInfinity().Replace(json, "$1\"-Infinity\"");

    [GeneratedRegex(@"(""lambda_min_clipped""\s*:\s*)-Infinity\b")]
    private static partial Regex BareInfinity();
}

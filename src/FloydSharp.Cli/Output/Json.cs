using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FloydSharp.Cli.Inspect;
using FloydSharp.Native;

namespace FloydSharp.Cli.Output;

/// <summary>The JSON of <c>--json</c>: snake_case, indented, nulls kept so that every field is always there.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(GenerateReport))]
[JsonSerializable(typeof(EncodeReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(IReadOnlyList<PromptReport>))]
[JsonSerializable(typeof(PullReport))]
[JsonSerializable(typeof(CacheReport))]
[JsonSerializable(typeof(CacheDeletion))]
[JsonSerializable(typeof(SystemReport))]
[JsonSerializable(typeof(IReadOnlyList<QuantizedComponent>))]
[JsonSerializable(typeof(CheckpointFacts))]
[JsonSerializable(typeof(ComponentFacts))]
[JsonSerializable(typeof(WeightFileFacts))]
[JsonSerializable(typeof(PictureFacts))]
internal sealed partial class Json : JsonSerializerContext
{
    // Prompts keep their letters; the text goes to a terminal or a parser, never into HTML.
    private static Json Readable => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes a report and a line end.</summary>
    public static void Write<T>(TextWriter output, T report) =>
        output.WriteLine(JsonSerializer.Serialize(report, (JsonTypeInfo<T>)Readable.GetTypeInfo(typeof(T))!));
}

using System.Text.Json;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>A prompt with what its picture must show.</summary>
/// <param name="Id">Its number: 0 to 199 in the fixed list, from 200 on in <see cref="NaturalPrompts"/>.</param>
/// <param name="Group">word, letters, object, count, relation or style; natural, or shown where nothing is asked.</param>
/// <param name="Prompt">The words.</param>
/// <param name="Asked">What they say.</param>
/// <param name="Scene">A scene that shows it, for measuring the instruments; only the fixed list has them.</param>
internal sealed record HeldOutPrompt(int Id, string Group, string Prompt, AskedFacts Asked, Scene? Scene = null)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The fixed list.</summary>
    public static IReadOnlyList<HeldOutPrompt> All { get; } = Load();

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static HeldOutPrompt[] Load()
    {
        using var stream = typeof(HeldOutPrompt).Assembly.GetManifestResourceStream("Eval.Prompts.jsonl");
        if (stream is null)
            return [];
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<HeldOutPrompt>(line, Json)!)];
    }
}

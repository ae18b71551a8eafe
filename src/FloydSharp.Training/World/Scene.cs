using System.Text.Json;
using FloydSharp.IO;

namespace FloydSharp.Training.World;

/// <summary>
/// Everything that <see cref="SceneRenderer"/> draws and <see cref="SceneCaption"/> may say. Immutable and free of any size in pixels,
/// so one scene looks the same at every resolution.
/// </summary>
/// <param name="Style">How it is drawn.</param>
/// <param name="Backdrop">What lies behind.</param>
/// <param name="BackdropColor">The colour of a plain backdrop, the upper one of a gradient.</param>
/// <param name="BackdropColor2">The lower colour of a gradient.</param>
/// <param name="Groups">The things, drawn in this order.</param>
/// <param name="Sign">The text, or null.</param>
/// <param name="Relation">How the groups stand to each other, or null.</param>
/// <param name="Seed">Seed of details that captions never name: clouds, stars, windows, strokes.</param>
public sealed record Scene(
    SceneStyle Style,
    Backdrop Backdrop,
    SceneColor BackdropColor,
    SceneColor BackdropColor2,
    IReadOnlyList<SceneGroup> Groups,
    SceneSign? Sign,
    SceneRelation? Relation,
    int Seed)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The scene as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="FloydException">The text is not a scene.</exception>
    public static Scene FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Scene>(json, Json) is { Groups: not null } scene
                ? scene
                : throw new FloydException("The JSON holds no scene: expected an object with style, backdrop, groups and sign.");
        }
        catch (JsonException error)
        {
            throw new FloydException($"The JSON is not a scene: {error.Message}", error);
        }
    }
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cascade;

/// <summary>How a picture was made; kept in the PNG text chunk <c>floyd</c> as JSON.</summary>
public sealed record PictureInfo
{
    /// <summary>The keyword of the text chunk.</summary>
    public const string Keyword = "floyd";

    /// <summary>The prompt.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What was steered away from.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The style that was mixed in; null where there was none.</summary>
    public string? StylePrompt { get; init; }

    /// <summary>What was done to a picture that was given: variation, inpainting or enlargement; null where there was none.</summary>
    public string? Start { get; init; }

    /// <summary>The seed.</summary>
    public long Seed { get; init; }

    /// <summary>The profile of behaviour it was made with; null for none.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether each stage started anew from the seed.</summary>
    public bool ReseedStages { get; init; }

    /// <summary>The stage that made it, 1 to 3.</summary>
    public int Stage { get; init; }

    /// <summary>Its number within the batch, from 0.</summary>
    public int Index { get; init; }

    /// <summary>How many pictures the batch had; with one generator for all, a picture depends on it.</summary>
    public int BatchSize { get; init; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; init; }

    /// <summary>The settings of each stage up to this one.</summary>
    public IReadOnlyList<StageInfo> Stages { get; init; } = [];

    /// <summary>Whether the safety checker saw unsafe content; null when it did not look.</summary>
    public bool? NsfwDetected { get; init; }

    /// <summary>Whether the safety checker saw a stock photo's watermark; null when it did not look.</summary>
    public bool? WatermarkDetected { get; init; }

    /// <summary>The program and its version.</summary>
    public string Software { get; init; } = "";

    /// <summary>This library's name and version.</summary>
    public static string ThisSoftware { get; } =
        "FloydSharp " + typeof(PictureInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    /// <summary>Reads what a PNG says about itself.</summary>
    /// <returns>Null when the file says nothing, because another program made it or its text was removed.</returns>
    /// <exception cref="FloydException">The file is no PNG, or the text is damaged.</exception>
    public static PictureInfo? Read(string path)
    {
        if (!PngMetadata.Read(path).TryGetValue(Keyword, out var json))
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, PictureInfoContext.Default.PictureInfo);
        }
        catch (JsonException e)
        {
            throw new FloydException($"The text chunk \"{Keyword}\" of {path} is damaged ({e.Message}).", e);
        }
    }

    /// <summary>The text chunks of the PNG.</summary>
    public IReadOnlyDictionary<string, string> ToText() => new Dictionary<string, string>
    {
        ["Software"] = Software,
        ["Description"] = Prompt,
        [Keyword] = JsonSerializer.Serialize(this, PictureInfoContext.Default.PictureInfo),
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PictureInfo))]
internal sealed partial class PictureInfoContext : JsonSerializerContext;

using System.Reflection;
using System.Text.Json;
using FloydSharp.Cascade.Records;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cascade;

/// <summary>How a picture was made; kept in the PNG text chunk <c>floyd</c> as JSON.</summary>
public sealed record PictureInfo
{
    /// <summary>The keyword of the text chunk.</summary>
    public const string Keyword = "floyd";

    /// <summary>The version of the form that this program writes.</summary>
    public const int Known = 1;

    /// <summary>The version of the form; 0 for pictures made before there was one, which cannot be made again.</summary>
    public int Version { get; init; }

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

    /// <summary>In which forms the weights were; null where they were as the files have them.</summary>
    public LoadRecord? Forms { get; init; }

    /// <summary>How the text encoder was loaded; null where it was like the rest.</summary>
    public LoadRecord? TextEncoder { get; init; }

    /// <summary>The whole request that the picture was made by; null in pictures of version 0 and in those picked from candidates.</summary>
    public RequestRecord? Request { get; init; }

    /// <summary>
    /// What the checkpoints contained: SHA-256 over the files of each component that took part, by names such as
    /// <c>stage1/unet</c> and <c>text_encoder</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Checkpoints { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the safety checker saw unsafe content; null when it did not look.</summary>
    public bool? NsfwDetected { get; init; }

    /// <summary>Whether the safety checker saw a stock photo's watermark; null when it did not look.</summary>
    public bool? WatermarkDetected { get; init; }

    /// <summary>The program and its version.</summary>
    public string Software { get; init; } = "";

    /// <summary>The version of libtorch.</summary>
    public string Libtorch { get; init; } = "";

    /// <summary>libtorch's threads where a CPU did the work, because sums round otherwise with other numbers of them; null elsewhere.</summary>
    public int? Threads { get; init; }

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
        return Parse(json, $"The text chunk \"{Keyword}\" of {path}");
    }

    /// <summary>Reads the JSON of such a text. It is not trusted: unknown keys, wrong kinds of values and impossible numbers are refused.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">It is damaged, or of a newer version.</exception>
    public static PictureInfo Parse(string json, string source)
    {
        CheckVersion(json, source);
        var info = RecordJson.Read(json, RecordJson.Default.PictureInfo, source);
        // The generated reader leaves null and 0 where a key is missing.
        info = info with
        {
            Prompt = info.Prompt ?? "",
            NegativePrompt = info.NegativePrompt ?? "",
            Stages = info.Stages ?? [],
            Checkpoints = info.Checkpoints ?? new Dictionary<string, string>(),
            Software = info.Software ?? "",
            Libtorch = info.Libtorch ?? "",
        };
        var good = info.Stage is >= 1 and <= 3 && info.BatchSize >= 1 && info.Index >= 0 && info.Index < info.BatchSize && info.Width > 0 && info.Height > 0
            && info.Stages.All(s => s is { Checkpoint: not null, Scheduler: not null });
        if (info.Threads is < 1 or > CascadeOptions.MaxThreads)
            throw new FloydException($"{source} is damaged: it names {info.Threads} threads, where 1 to {CascadeOptions.MaxThreads} are possible.");
        return good ? info : throw new FloydException($"{source} is damaged: stage {info.Stage}, picture {info.Index} of {info.BatchSize}, {info.Width}x{info.Height} is not what a picture says of itself.");
    }

    /// <summary>The JSON of the text chunk.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RecordJson.Default.PictureInfo);

    /// <summary>The text chunks of the PNG.</summary>
    public IReadOnlyDictionary<string, string> ToText() => new Dictionary<string, string>
    {
        ["Software"] = Software,
        ["Description"] = Prompt,
        [Keyword] = ToJson(),
    };

    // Before anything else, because a newer version is no damage.
    private static void CheckVersion(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("version", out var version)
                && (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number is < 0 or > Known))
                throw new FloydException($"{source} is of version {PrintableText.Of(version.GetRawText())}, and this program knows those up to {Known}; use a newer floyd.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FloydException($"{source} is damaged ({PrintableText.Of(e.Message.TrimEnd('.'))}).", e);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace FloydSharp.IO.Imaging;

/// <summary>The file as it is written; sizes are a number or an object, depending on the version that wrote it.</summary>
internal sealed record ClipPreprocessorJson
{
    public string? ImageProcessorType { get; init; }

    public string? FeatureExtractorType { get; init; }

    public JsonElement? Size { get; init; }

    public JsonElement? CropSize { get; init; }

    public int? Resample { get; init; }

    public double? RescaleFactor { get; init; }

    public double[]? ImageMean { get; init; }

    public double[]? ImageStd { get; init; }

    public bool? DoResize { get; init; }

    public bool? DoCenterCrop { get; init; }

    public bool? DoRescale { get; init; }

    public bool? DoNormalize { get; init; }

    public bool? DoConvertRgb { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    public ClipPreprocessorConfig ToConfig(string name)
    {
        CheckSteps(name);
        var defaults = new ClipPreprocessorConfig();
        var crop = SizeOf(CropSize, "crop_size", name);
        var size = SizeOf(Size, "size", name);
        var config = defaults with
        {
            ShortestEdge = size is null ? defaults.ShortestEdge : size.Value.Edge,
            ResizeHeight = size?.Height,
            ResizeWidth = size?.Width,
            CropHeight = crop is null ? defaults.CropHeight : crop.Value.Edge ?? crop.Value.Height ?? 0,
            CropWidth = crop is null ? defaults.CropWidth : crop.Value.Edge ?? crop.Value.Width ?? 0,
            Resample = (ResampleFilter?)Resample ?? defaults.Resample,
            RescaleFactor = RescaleFactor ?? defaults.RescaleFactor,
            Mean = ImageMean ?? defaults.Mean,
            Std = ImageStd ?? defaults.Std,
        };
        config.Validate(name);
        return config;
    }

    /// <summary>The preprocessor does exactly the CLIP steps: a file that drops one or asks for another is refused.</summary>
    private void CheckSteps(string name)
    {
        foreach (var type in new[] { ImageProcessorType, FeatureExtractorType })
        {
            if (type is not (null or "CLIPImageProcessor" or "CLIPImageProcessorFast" or "CLIPImageProcessorPil" or "CLIPFeatureExtractor"))
                throw new FloydException($"{name}: the image processor type '{type}' is not supported; expected CLIPImageProcessor.");
        }

        foreach (var (key, value) in new[] { ("do_resize", DoResize), ("do_center_crop", DoCenterCrop), ("do_rescale", DoRescale), ("do_normalize", DoNormalize) })
        {
            if (value == false)
                throw new FloydException($"{name}: {key} is false; the safety checker's images need this step.");
        }

        foreach (var (key, value) in Others ?? [])
        {
            if (key.StartsWith("do_", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.True)
                throw new FloydException($"{name}: the step {key} is not supported.");
        }
    }

    private static (int? Edge, int? Height, int? Width)? SizeOf(JsonElement? json, string key, string name)
    {
        switch (json)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                return null;
            case { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var edge):
                return (edge, null, null);
            case { ValueKind: JsonValueKind.Object } size:
                break;
            default:
                throw new FloydException($"{name}: {key} must be a whole number or an object.");
        }

        (int? Edge, int? Height, int? Width) result = default;
        foreach (var side in json.Value.EnumerateObject())
        {
            if (side.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (side.Value.ValueKind != JsonValueKind.Number || !side.Value.TryGetInt32(out var pixels))
                throw new FloydException($"{name}: {key}.{side.Name} must be a whole number.");
            result = side.Name switch
            {
                "shortest_edge" => result with { Edge = pixels },
                "height" => result with { Height = pixels },
                "width" => result with { Width = pixels },
                _ => throw new FloydException($"{name}: {key}.{side.Name} is not supported; expected shortest_edge, or height and width."),
            };
        }

        return result;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClipPreprocessorJson))]
internal sealed partial class ClipPreprocessorJsonContext : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using FloydSharp.IO.Json;

namespace FloydSharp.IO.Imaging;

/// <summary>The file as it is written; sizes are a number or an object, depending on the version that wrote it.</summary>
internal sealed record ClipPreprocessorJson
{
    public JsonElement? Size { get; init; }

    public JsonElement? CropSize { get; init; }

    public int? Resample { get; init; }

    public double? RescaleFactor { get; init; }

    public double[]? ImageMean { get; init; }

    public double[]? ImageStd { get; init; }

    public static ClipPreprocessorConfig Read(ConfigFile file)
    {
        CheckSteps(file);
        var config = file.Read(ClipPreprocessorJsonContext.Default.ClipPreprocessorJson, new ClipPreprocessorJson()).ToConfig(file.Source);
        config.Validate(file.Source);
        return config;
    }

    private ClipPreprocessorConfig ToConfig(string name)
    {
        var defaults = new ClipPreprocessorConfig();
        var crop = SizeOf(CropSize, "crop_size", name);
        var size = SizeOf(Size, "size", name);
        return defaults with
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
    }

    /// <summary>The preprocessor does exactly the CLIP steps: a file that drops one or asks for another is refused.</summary>
    private static void CheckSteps(ConfigFile file)
    {
        foreach (var key in new[] { "image_processor_type", "feature_extractor_type" })
            file.RequireOneOf(key, "\"CLIPImageProcessor\"", "\"CLIPImageProcessorFast\"", "\"CLIPImageProcessorPil\"", "\"CLIPFeatureExtractor\"");
        string[] steps = ["do_resize", "do_center_crop", "do_rescale", "do_normalize"];
        foreach (var step in steps)
            file.RequireOneOf(step, "true");
        foreach (var key in file.Values.Select(entry => entry.Key).Except([.. steps, "do_convert_rgb"]))
        {
            if (key.StartsWith("do_", StringComparison.Ordinal))
                file.RequireOneOf(key, "false");
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
                throw new ConfigCheck(name).Failure(key, json.Value.ValueKind, "a whole number or an object");
        }

        (int? Edge, int? Height, int? Width) result = default;
        foreach (var side in json.Value.EnumerateObject())
        {
            if (side.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (side.Value.ValueKind != JsonValueKind.Number || !side.Value.TryGetInt32(out var pixels))
                throw new ConfigCheck(name).Failure($"{key}.{PrintableText.Of(side.Name)}", side.Value.ValueKind, "a whole number");
            result = side.Name switch
            {
                "shortest_edge" => result with { Edge = pixels },
                "height" => result with { Height = pixels },
                "width" => result with { Width = pixels },
                _ => throw new FloydException($"{name}: {key}.{PrintableText.Of(side.Name)} is not known; expected shortest_edge, or height and width."),
            };
        }

        return result;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClipPreprocessorJson))]
internal sealed partial class ClipPreprocessorJsonContext : JsonSerializerContext;

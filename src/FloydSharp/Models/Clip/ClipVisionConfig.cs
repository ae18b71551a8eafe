using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.Nn;

namespace FloydSharp.Models.Clip;

/// <summary>
/// Sizes of a CLIP vision tower with its projection (Radford et al. 2021, arXiv:2103.00020), as
/// <c>safety_checker/config.json</c> gives them, alone or under <c>vision_config</c>. What a file leaves out has the
/// reference's default, ViT-B/32. Keys that do not change the result are ignored.
/// </summary>
public sealed record ClipVisionConfig
{
    /// <summary>The tower of IF's safety checker, ViT-L/14: 304 M parameters with its projection.</summary>
    public static ClipVisionConfig SafetyChecker { get; } = new()
    {
        HiddenSize = 1024,
        IntermediateSize = 4096,
        NumHiddenLayers = 24,
        NumAttentionHeads = 16,
        PatchSize = 14,
        ProjectionDim = 768,
    };

    /// <summary>Width D of the tower.</summary>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Width inside the feed-forward layers.</summary>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Number N of attention heads; divides <see cref="HiddenSize"/>.</summary>
    public long NumAttentionHeads { get; init; } = 12;

    /// <summary>Channels of the picture.</summary>
    public long NumChannels { get; init; } = 3;

    /// <summary>Height and width of the picture in pixels.</summary>
    public long ImageSize { get; init; } = 224;

    /// <summary>Side of a patch in pixels.</summary>
    public long PatchSize { get; init; } = 32;

    /// <summary>Width of the image embeddings.</summary>
    public long ProjectionDim { get; init; } = 512;

    /// <summary>The activation of the feed-forward layers, as <see cref="ActivationFunctions.Parse"/> knows it.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Added to the variance in the layer norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Number of patches in a picture; one that does not fit whole is left out, as the convolution does.</summary>
    [JsonIgnore]
    public long PatchCount => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file is unreadable or describes a model that is not supported.</exception>
    public static ClipVisionConfig Load(string path) => Read(ConfigFile.Load(path));

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">The text describes a model that is not supported.</exception>
    public static ClipVisionConfig Parse(string json, string source = "config.json") => Read(ConfigFile.Parse(json, source));

    /// <summary>The text of a <c>config.json</c> that reads back as this.</summary>
    public string ToJson() => ConfigFile.Write(this, ClipConfigJson.Default.ClipVisionConfig, ("model_type", "clip_vision_model"));

    /// <summary>Checks every value.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate(string source = "The configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("num_channels", NumChannels, 1, 64);
        check.Range("image_size", ImageSize, 1, 1 << 13);
        check.Range("patch_size", PatchSize, 1, ImageSize);
        check.Range("projection_dim", ProjectionDim, 1, 1 << 16);
        EncoderSizes().Validate(source);
    }

    internal ClipEncoderSizes EncoderSizes() =>
        new(HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct, LayerNormEps);

    private static ClipVisionConfig Read(ConfigFile file)
    {
        // Files of early versions repeat the tower's values under vision_config_dict, and the reference lets those win.
        var section = file.Values["vision_config_dict"] as JsonObject ?? file.Values["vision_config"] as JsonObject;
        file.RequireOneOf("model_type", section is null ? ["\"clip_vision_model\""] : ["\"clip\""]);
        var tower = section is null ? file : file.Section(section);
        var config = tower.Read(ClipConfigJson.Default.ClipVisionConfig, new ClipVisionConfig());
        config.Validate(file.Source);
        if (section is not null)
            tower.RequireOneOf("model_type", "\"clip_vision_model\"");
        return config;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(ClipTextConfig))]
[JsonSerializable(typeof(ClipVisionConfig))]
internal sealed partial class ClipConfigJson : JsonSerializerContext;

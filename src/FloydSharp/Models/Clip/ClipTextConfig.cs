using System.Text.Json.Nodes;
using FloydSharp.IO;
using FloydSharp.Nn;

namespace FloydSharp.Models.Clip;

/// <summary>
/// Sizes of a CLIP text encoder (Radford et al. 2021, arXiv:2103.00020), as <c>text_encoder/config.json</c> gives them. Keys
/// that do not change the encoder's result are ignored.
/// </summary>
public sealed record ClipTextConfig
{
    /// <summary>The encoder of the x4 upscaler: OpenCLIP ViT-H's first 23 text layers, 340 M parameters.</summary>
    public static ClipTextConfig X4Upscaler { get; } = new()
    {
        HiddenSize = 1024,
        IntermediateSize = 4096,
        NumHiddenLayers = 23,
        NumAttentionHeads = 16,
        HiddenAct = "gelu",
    };

    /// <summary>Number of token ids.</summary>
    public long VocabSize { get; init; } = 49408;

    /// <summary>Width D of the encoder.</summary>
    public long HiddenSize { get; init; } = 512;

    /// <summary>Width inside the feed-forward layers.</summary>
    public long IntermediateSize { get; init; } = 2048;

    /// <summary>Number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Number N of attention heads; divides <see cref="HiddenSize"/>.</summary>
    public long NumAttentionHeads { get; init; } = 8;

    /// <summary>Largest number of tokens.</summary>
    public long MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>The activation of the feed-forward layers, as <see cref="ActivationFunctions.Parse"/> knows it.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Added to the variance in the layer norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file is unreadable or describes a model that is not supported.</exception>
    public static ClipTextConfig Load(string path) => Read(ConfigFile.Load(ref path), path);

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <exception cref="FloydException">The text describes a model that is not supported.</exception>
    public static ClipTextConfig Parse(string json) => Read(ConfigFile.Parse(json, "The configuration"), "The configuration");

    /// <summary>The text of a <c>config.json</c> that reads back as this.</summary>
    public string ToJson() => ConfigFile.Write(this, ClipConfigJson.Default.ClipTextConfig, ("model_type", "clip_text_model"));

    /// <summary>Checks every value.</summary>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate()
    {
        ConfigFile.RequireRange(VocabSize, 1, 1 << 24, "vocab_size");
        ConfigFile.RequireRange(MaxPositionEmbeddings, 1, 1 << 16, "max_position_embeddings");
        EncoderSizes().Validate();
    }

    internal ClipEncoderSizes EncoderSizes() =>
        new(HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct, LayerNormEps);

    private static ClipTextConfig Read(JsonObject file, string source)
    {
        var config = ConfigFile.Read(file, ClipConfigJson.Default.ClipTextConfig, new ClipTextConfig(), source);
        config.Validate();
        ConfigFile.RequireOneOf(file, source, "model_type", "\"clip_text_model\"");
        ConfigFile.RequireOneOf(file, source, "use_attention_mask", "false");
        return config;
    }
}

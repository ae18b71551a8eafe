using FloydSharp.IO;
using FloydSharp.IO.Json;
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
    public static ClipTextConfig Load(string path) => Read(ConfigFile.Load(path));

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">The text describes a model that is not supported.</exception>
    public static ClipTextConfig Parse(string json, string source = "config.json") => Read(ConfigFile.Parse(json, source));

    /// <summary>The text of a <c>config.json</c> that reads back as this.</summary>
    public string ToJson() => ConfigFile.Write(this, ClipConfigJson.Default.ClipTextConfig, ("model_type", "clip_text_model"));

    /// <summary>Checks every value.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate(string source = "The configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("vocab_size", VocabSize, 1, 1 << 24);
        check.Range("max_position_embeddings", MaxPositionEmbeddings, 1, 1 << 16);
        EncoderSizes().Validate(source);
    }

    internal ClipEncoderSizes EncoderSizes() =>
        new(HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct, LayerNormEps);

    private static ClipTextConfig Read(ConfigFile file)
    {
        var config = file.Read(ClipConfigJson.Default.ClipTextConfig, new ClipTextConfig());
        config.Validate(file.Source);
        file.RequireOneOf("model_type", "\"clip_text_model\"");
        file.RequireOneOf("use_attention_mask", "false");
        return config;
    }
}

using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.Nn;

namespace FloydSharp.Models.T5;

/// <summary>
/// Sizes of a T5 v1.1 encoder (Raffel et al. 2020, arXiv:1910.10683; Shazeer 2020, arXiv:2002.05202), as
/// <c>text_encoder/config.json</c> gives them. Keys that do not change the encoder's result are ignored.
/// </summary>
public sealed record T5Config
{
    /// <summary>The encoder of all IF checkpoints, T5 v1.1 XXL: 4762 M parameters.</summary>
    public static T5Config Xxl { get; } = new() { DModel = 4096, DKv = 64, NumHeads = 64, DFf = 10240, NumLayers = 24 };

    /// <summary>Number of token ids.</summary>
    public long VocabSize { get; init; } = 32128;

    /// <summary>Width D of the encoder.</summary>
    public long DModel { get; init; } = 512;

    /// <summary>Width K per head; heads times K need not be D.</summary>
    public long DKv { get; init; } = 64;

    /// <summary>Width inside the feed-forward layers.</summary>
    public long DFf { get; init; } = 2048;

    /// <summary>Number of blocks.</summary>
    public int NumLayers { get; init; } = 6;

    /// <summary>Number N of attention heads.</summary>
    public long NumHeads { get; init; } = 8;

    /// <summary>Rows of the table of relative position biases; half of them for each direction.</summary>
    public long RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distance in tokens from which on all share the last bucket.</summary>
    public long RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>Added to the mean square in the layer norms.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>The feed-forward layer: <c>gated-gelu</c>, <c>gated-silu</c> or <c>gated-relu</c>.</summary>
    public string FeedForwardProj { get; init; } = "gated-gelu";

    /// <summary>The activation of the gate.</summary>
    /// <exception cref="FloydException"><see cref="FeedForwardProj"/> is another.</exception>
    [JsonIgnore]
    public Activation Activation => GateActivation("The configuration");

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file is unreadable or describes a model that is not supported.</exception>
    public static T5Config Load(string path) => Read(ConfigFile.Load(path));

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">The text describes a model that is not supported.</exception>
    public static T5Config Parse(string json, string source = "config.json") => Read(ConfigFile.Parse(json, source));

    /// <summary>The text of a <c>config.json</c> that reads back as this.</summary>
    public string ToJson() => ConfigFile.Write(this, T5ConfigJson.Default.T5Config, ("model_type", "t5"));

    /// <summary>Checks every value.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate(string source = "The configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("vocab_size", VocabSize, 1, 1 << 24);
        check.Range("d_model", DModel, 1, 1 << 16);
        check.Range("d_kv", DKv, 1, 1 << 12);
        check.Range("d_ff", DFf, 1, 1 << 20);
        check.Range("num_layers", NumLayers, 1, 256);
        check.Range("num_heads", NumHeads, 1, 1 << 12);
        check.Range("relative_attention_num_buckets", RelativeAttentionNumBuckets, 4, 1 << 12);
        check.Range("relative_attention_max_distance", RelativeAttentionMaxDistance, (RelativeAttentionNumBuckets / 4) + 1, 1 << 20);
        check.Epsilon("layer_norm_epsilon", LayerNormEpsilon);
        GateActivation(source);
    }

    private Activation GateActivation(string source) => FeedForwardProj switch
    {
        "gated-gelu" => Activation.GeluNew,
        "gated-silu" => Activation.Silu,
        "gated-relu" => Activation.Relu,
        _ => throw new ConfigCheck(source).Failure("feed_forward_proj", FeedForwardProj, "gated-gelu, gated-silu or gated-relu (T5 v1.1)"),
    };

    private static T5Config Read(ConfigFile file)
    {
        // The reference's own default is the first version's plain relu; a file without the key means that.
        var config = file.Read(T5ConfigJson.Default.T5Config, new T5Config { FeedForwardProj = "relu" });
        config.Validate(file.Source);
        file.RequireOneOf("model_type", "\"t5\"");
        file.RequireOneOf("is_decoder", "false");
        file.RequireOneOf("is_gated_act", "true");
        file.RequireOneOf("dense_act_fn", config.Activation switch
        {
            Activation.GeluNew => ["\"gelu_new\""],
            Activation.Silu => ["\"silu\"", "\"swish\""],
            _ => ["\"relu\""],
        });
        return config;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(T5Config))]
internal sealed partial class T5ConfigJson : JsonSerializerContext;

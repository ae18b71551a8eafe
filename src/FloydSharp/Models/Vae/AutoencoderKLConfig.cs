using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.IO.Json;
using FloydSharp.Nn;

namespace FloydSharp.Models.Vae;

/// <summary>
/// Sizes of a variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114; Rombach et al. 2022, arXiv:2112.10752), as
/// <c>vae/config.json</c> gives them; defaults are the reference's.
/// </summary>
public sealed record AutoencoderKLConfig
{
    /// <summary>The autoencoder of the x4 upscaler: a quarter of the height and width, 4 channels.</summary>
    public static AutoencoderKLConfig X4Upscaler { get; } = new()
    {
        BlockOutChannels = [128, 256, 512],
        DownBlockTypes = ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
        UpBlockTypes = ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
        LayersPerBlock = 2,
        SampleSize = 256,
        ScalingFactor = 0.08333,
    };

    /// <summary>Channels of the picture that is encoded.</summary>
    public long InChannels { get; init; } = 3;

    /// <summary>Channels of the picture that is decoded.</summary>
    public long OutChannels { get; init; } = 3;

    /// <summary>Class names of the encoder's levels; all are <c>DownEncoderBlock2D</c>.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["DownEncoderBlock2D"];

    /// <summary>Class names of the decoder's levels; all are <c>UpDecoderBlock2D</c>.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["UpDecoderBlock2D"];

    /// <summary>Channels per level, from the picture inwards; each level but the last halves height and width.</summary>
    public IReadOnlyList<long> BlockOutChannels { get; init; } = [64];

    /// <summary>Resnet blocks per level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>The activation inside resnet blocks, as <see cref="ActivationFunctions.Parse"/> knows it.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>Channels of the latents.</summary>
    public long LatentChannels { get; init; } = 4;

    /// <summary>Groups of all group norms; they divide every level's channels.</summary>
    public long NormNumGroups { get; init; } = 32;

    /// <summary>Side of the pictures in training, in pixels; the tile size where none is given.</summary>
    public long SampleSize { get; init; } = 32;

    /// <summary>Pipelines divide latents by this before <see cref="AutoencoderKL.Decode"/>.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Not supported other than null.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Not supported other than null.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; }

    /// <summary>Not supported other than null.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; }

    /// <summary>Whether pipelines are to decode in float32 when the rest runs in float16.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Whether a 1 x 1 convolution follows the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether a 1 x 1 convolution precedes the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether the middle blocks attend.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Pixels per latent along height and width.</summary>
    [JsonIgnore]
    public int SpatialFactor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file is unreadable, or sets something that is not supported or not known.</exception>
    public static AutoencoderKLConfig Load(string path) => Read(ConfigFile.Load(path));

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">The text sets something that is not supported or not known.</exception>
    public static AutoencoderKLConfig Parse(string json, string source = "config.json") => Read(ConfigFile.Parse(json, source));

    /// <summary>The text of a <c>config.json</c> that reads back as this.</summary>
    public string ToJson() => ConfigFile.Write(this, AutoencoderKLConfigJson.Default.AutoencoderKLConfig, ("_class_name", "AutoencoderKL"));

    /// <summary>Checks every value.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate(string source = "The configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("in_channels", InChannels, 1, 1 << 10);
        check.Range("out_channels", OutChannels, 1, 1 << 10);
        check.Range("latent_channels", LatentChannels, 1, 1 << 10);
        check.Range("layers_per_block", LayersPerBlock, 1, 64);
        check.Range("norm_num_groups", NormNumGroups, 1, 1 << 14);
        check.Range("number of block_out_channels", BlockOutChannels.Count, 1, 8);
        check.Range("sample_size", SampleSize, SpatialFactor, 1 << 16);
        foreach (var channels in BlockOutChannels)
        {
            check.Range("block_out_channels", channels, 1, 1 << 14);
            check.Divides("norm_num_groups", NormNumGroups, "block_out_channels", channels);
        }

        RequireTypes(check, "down_block_types", DownBlockTypes, "DownEncoderBlock2D");
        RequireTypes(check, "up_block_types", UpBlockTypes, "UpDecoderBlock2D");
        check.Positive("scaling_factor", ScalingFactor);
        check.Require(ShiftFactor is null, "shift_factor", ShiftFactor, "null");
        check.Require(LatentsMean is null, "latents_mean", "a list", "null");
        check.Require(LatentsStd is null, "latents_std", "a list", "null");
        _ = ActivationFunctions.Parse(ActFn, "act_fn", source);
    }

    private static AutoencoderKLConfig Read(ConfigFile file)
    {
        file.RequireOneOf("_class_name", "\"AutoencoderKL\"");
        file.RejectUnknownKeys(AutoencoderKLConfigJson.Default.AutoencoderKLConfig);
        if (file.Values["sample_size"] is JsonArray { Count: > 0 } sides)
            file.Values["sample_size"] = sides[0]?.DeepClone();
        var config = file.Read(AutoencoderKLConfigJson.Default.AutoencoderKLConfig, new AutoencoderKLConfig());
        config.Validate(file.Source);
        return config;
    }

    private void RequireTypes(ConfigCheck check, string key, IReadOnlyList<string> types, string supported)
    {
        check.Range($"number of {key}", types.Count, BlockOutChannels.Count, BlockOutChannels.Count);
        foreach (var type in types)
            check.OneOf(key, type, supported);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(AutoencoderKLConfig))]
internal sealed partial class AutoencoderKLConfigJson : JsonSerializerContext;

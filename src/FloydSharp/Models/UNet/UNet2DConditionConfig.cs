using System.Text.Json.Serialization;
using FloydSharp.IO.Json;
using FloydSharp.Models.UNet.Blocks;
using FloydSharp.Nn;

namespace FloydSharp.Models.UNet;

/// <summary>
/// The configuration of a <see cref="UNet2DConditionModel"/>: every key of the reference's (diffusers 0.40,
/// src/diffusers/models/unets/unet_2d_condition.py) with its default. <see cref="Validate"/> refuses by name what this
/// library does not compute.
/// </summary>
public sealed record UNet2DConditionConfig
{
    /// <summary>Height and width the model was trained at, in pixels (or latents); it takes other sizes as well.</summary>
    public int? SampleSize { get; init; }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the output.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Whether the input in [0, 1] is stretched to [-1, 1] first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>Whether the time's cosines stand before its sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Subtracted from the number of the time's frequencies where they are spaced.</summary>
    public double FreqShift { get; init; }

    /// <summary>Types of the blocks on the way down, from the top.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } =
        ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"];

    /// <summary>Type of the block in the middle.</summary>
    public string? MidBlockType { get; init; } = BlockFactory.MidCrossAttn;

    /// <summary>Types of the blocks on the way up, from the bottom.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } =
        ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];

    /// <summary>Whether pixels look at the text alone and not at each other.</summary>
    [JsonConverter(typeof(PerBlockBooleanConverter))]
    public PerBlock<bool> OnlyCrossAttention { get; init; } = false;

    /// <summary>Channels of each block, from the top.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Resnets of each block on the way down; on the way up there is one more.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int> LayersPerBlock { get; init; } = 2;

    /// <summary>Zero pixels around the input of a convolution that halves the size: 1, or 0 for right and bottom only.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>The sums with residuals in the middle block are divided by this.</summary>
    public double MidBlockScaleFactor { get; init; } = 1;

    /// <summary>Probability of dropout in training; not applied by this library.</summary>
    public double Dropout { get; init; }

    /// <summary>The activation of resnets and time embedding.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>Groups of the group norms; divides all channels.</summary>
    public int? NormNumGroups { get; init; } = 32;

    /// <summary>Added to the variance in the group norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Width of the text that the attentions see.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int> CrossAttentionDim { get; init; } = 1280;

    /// <summary>Transformer blocks in each attention of the CrossAttn block types.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int> TransformerLayersPerBlock { get; init; } = 1;

    /// <summary>Only null is supported: the way up mirrors the way down.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int>? ReverseTransformerLayersPerBlock { get; init; }

    /// <summary>Width of the text as the text encoder gives it, where it is projected first; null for none.</summary>
    public int? EncoderHidDim { get; init; }

    /// <summary>How the text is projected: null or text_proj.</summary>
    public string? EncoderHidDimType { get; init; }

    /// <summary>Width of a head in the Simple block types, number of heads in the others.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int> AttentionHeadDim { get; init; } = 8;

    /// <summary>Only null is supported, as in the reference.</summary>
    [JsonConverter(typeof(PerBlockInt32Converter))]
    public PerBlock<int>? NumAttentionHeads { get; init; }

    /// <summary>Only false is supported.</summary>
    public bool DualCrossAttention { get; init; }

    /// <summary>Whether transformers store their maps in and out as matrices, not as 1 x 1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>What else is embedded beside the time: null, or timestep for a second time such as the noise level.</summary>
    public string? ClassEmbedType { get; init; }

    /// <summary>What of the text is added to the time embedding: null, or text for its pooled states.</summary>
    public string? AdditionEmbedType { get; init; }

    /// <summary>Used by addition types that are not supported; without effect.</summary>
    public int? AdditionTimeEmbedDim { get; init; }

    /// <summary>Number of classes looked up in a table and added to the time embedding, such as noise levels; null for none.</summary>
    public int? NumClassEmbeds { get; init; }

    /// <summary>Whether scores are computed in float32; without effect, as in the reference, since the fused attention accumulates in float32.</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>How resnets are told the time: default (added) or scale_shift.</summary>
    public string ResnetTimeScaleShift { get; init; } = "default";

    /// <summary>Whether the time embedding reaches the resnets of the Resnet and Simple block types activated.</summary>
    public bool ResnetSkipTimeAct { get; init; }

    /// <summary>The sums with residuals in the Resnet and Simple block types are divided by this.</summary>
    public double ResnetOutScaleFactor { get; init; } = 1;

    /// <summary>Only positional is supported.</summary>
    public string TimeEmbeddingType { get; init; } = "positional";

    /// <summary>Width of the time embedding; null means four times the channels of the first block.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>An activation applied once to the complete time embedding; null for none.</summary>
    public string? TimeEmbeddingActFn { get; init; }

    /// <summary>Only null is supported.</summary>
    public string? TimestepPostAct { get; init; }

    /// <summary>Only null is supported.</summary>
    public int? TimeCondProjDim { get; init; }

    /// <summary>Side of the first convolution's kernel in pixels; odd.</summary>
    public int ConvInKernel { get; init; } = 3;

    /// <summary>Side of the last convolution's kernel in pixels; odd.</summary>
    public int ConvOutKernel { get; init; } = 3;

    /// <summary>Used by class embedding types that are not supported; without effect.</summary>
    public int? ProjectionClassEmbeddingsInputDim { get; init; }

    /// <summary>Only default is supported.</summary>
    public string AttentionType { get; init; } = "default";

    /// <summary>Only false is supported.</summary>
    public bool ClassEmbeddingsConcat { get; init; }

    /// <summary>Whether pixels of the middle block do not look at each other; null follows <see cref="OnlyCrossAttention"/> where that is one value.</summary>
    public bool? MidBlockOnlyCrossAttention { get; init; }

    /// <summary>How the Simple block types normalise the text: null or group_norm.</summary>
    public string? CrossAttentionNorm { get; init; }

    /// <summary>Heads of the text's pooling.</summary>
    public int AdditionEmbedTypeNumHeads { get; init; } = 64;

    /// <summary>Number of blocks on the way down, and up.</summary>
    [JsonIgnore]
    public int BlockCount => BlockOutChannels.Count;

    /// <summary>Width of the time embedding.</summary>
    [JsonIgnore]
    public int TimeWidth => TimeEmbeddingDim ?? (4 * BlockOutChannels[0]);

    /// <summary>Width of the text that <see cref="UNet2DConditionModel"/> takes.</summary>
    [JsonIgnore]
    public int TextWidth => EncoderHidDim ?? CrossAttentionDim[0];

    [JsonIgnore]
    internal bool MidBlockLooksAtTextOnly => MidBlockOnlyCrossAttention ?? (!OnlyCrossAttention.IsList && OnlyCrossAttention[0]);

    [JsonIgnore]
    internal ResnetOptions ResnetOptions => new()
    {
        Groups = NormNumGroups!.Value,
        Eps = NormEps,
        Activation = ActivationFunctions.Parse(ActFn, "act_fn"),
        ScaleShift = ResnetTimeScaleShift == "scale_shift",
        SkipTimeActivation = ResnetSkipTimeAct,
        OutputScaleFactor = ResnetOutScaleFactor,
    };

    /// <summary>Reads the configuration of a component.</summary>
    /// <param name="path">The file, or the folder that has it as <c>config.json</c>.</param>
    /// <exception cref="IO.FloydException">The file is missing, not JSON, has an unknown key, or asks for what is not supported.</exception>
    public static UNet2DConditionConfig Load(string path) => Read(ConfigFile.Load(path));

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">A JSON object; keys that start with an underscore are skipped.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="IO.FloydException">It is not JSON, has an unknown key, or asks for what is not supported.</exception>
    public static UNet2DConditionConfig Parse(string json, string source = "config.json") => Read(ConfigFile.Parse(json, source));

    /// <summary>The configuration as the file has it.</summary>
    public string ToJson() => ConfigFile.Write(this, UNetConfigJson.Default.UNet2DConditionConfig, ("_class_name", nameof(UNet2DConditionModel)));

    /// <summary>Checks every value, so that a model can be built from it.</summary>
    /// <param name="source">Where it comes from, for the message.</param>
    /// <exception cref="IO.FloydException">A value is out of range, does not fit another, or is not supported.</exception>
    public void Validate(string source = "The UNet's configuration") => new UNetConfigCheck(this, source).Run();

    // The reference mirrors the list on the way up where it means numbers of heads, and does not where it means widths of heads.
    internal int UpAttentionHeadDim(int upBlock) =>
        AttentionHeadDim[BlockFactory.UpTypes[UpBlockTypes[upBlock]] == AttentionKind.AddedKV ? upBlock : BlockCount - 1 - upBlock];

    private static UNet2DConditionConfig Read(ConfigFile file)
    {
        file.RequireOneOf("_class_name", $"\"{nameof(UNet2DConditionModel)}\"");
        file.RejectUnknownKeys(UNetConfigJson.Default.UNet2DConditionConfig);
        var config = file.Read(UNetConfigJson.Default.UNet2DConditionConfig, new UNet2DConditionConfig());
        config.Validate(file.Source);
        return config;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(UNet2DConditionConfig))]
internal sealed partial class UNetConfigJson : JsonSerializerContext;

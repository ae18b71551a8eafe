using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Builds the blocks that a configuration names.</summary>
internal static class BlockFactory
{
    public const string MidCrossAttn = "UNetMidBlock2DCrossAttn";
    public const string MidSimpleCrossAttn = "UNetMidBlock2DSimpleCrossAttn";

    /// <summary>The types a block on the way down can have; the second part says whether its attention is <see cref="AddedKVAttention"/>, a <see cref="Transformer2DModel"/> or none.</summary>
    public static IReadOnlyDictionary<string, AttentionKind> DownTypes { get; } = new Dictionary<string, AttentionKind>
    {
        ["DownBlock2D"] = AttentionKind.None,
        ["CrossAttnDownBlock2D"] = AttentionKind.Transformer,
        ["ResnetDownsampleBlock2D"] = AttentionKind.None,
        ["SimpleCrossAttnDownBlock2D"] = AttentionKind.AddedKV,
    };

    /// <summary>The same on the way up.</summary>
    public static IReadOnlyDictionary<string, AttentionKind> UpTypes { get; } = new Dictionary<string, AttentionKind>
    {
        ["UpBlock2D"] = AttentionKind.None,
        ["CrossAttnUpBlock2D"] = AttentionKind.Transformer,
        ["ResnetUpsampleBlock2D"] = AttentionKind.None,
        ["SimpleCrossAttnUpBlock2D"] = AttentionKind.AddedKV,
    };

    /// <summary>The same in the middle.</summary>
    public static IReadOnlyDictionary<string, AttentionKind> MidTypes { get; } = new Dictionary<string, AttentionKind>
    {
        [MidCrossAttn] = AttentionKind.Transformer,
        [MidSimpleCrossAttn] = AttentionKind.AddedKV,
    };

    public static DownBlock Down(UNet2DConditionConfig config, int i)
    {
        var options = Options(config, i) with
        {
            InChannels = config.BlockOutChannels[Math.Max(i - 1, 0)],
            Resamples = i < config.BlockCount - 1,
        };
        return config.DownBlockTypes[i] switch
        {
            "DownBlock2D" => new DownBlock2D(options),
            "CrossAttnDownBlock2D" => new CrossAttnDownBlock2D(options),
            "ResnetDownsampleBlock2D" => new ResnetDownsampleBlock2D(options),
            _ => new SimpleCrossAttnDownBlock2D(options),
        };
    }

    public static MidBlock Mid(UNet2DConditionConfig config)
    {
        var options = Options(config, config.BlockCount - 1);
        options = options with
        {
            Resnet = options.Resnet with { OutputScaleFactor = config.MidBlockScaleFactor },
            OnlyCrossAttention = config.MidBlockType == MidSimpleCrossAttn && config.MidBlockLooksAtTextOnly,
        };
        return config.MidBlockType == MidCrossAttn ? new UNetMidBlock2DCrossAttn(options) : new UNetMidBlock2DSimpleCrossAttn(options);
    }

    public static UpBlock Up(UNet2DConditionConfig config, int i)
    {
        var mirrored = config.BlockCount - 1 - i;
        var options = Options(config, mirrored);
        options = options with
        {
            InChannels = config.BlockOutChannels[Math.Max(mirrored - 1, 0)],
            PreviousChannels = config.BlockOutChannels[Math.Min(mirrored + 1, config.BlockCount - 1)],
            Layers = options.Layers + 1,
            Resamples = i < config.BlockCount - 1,
            AttentionHeadDim = config.UpAttentionHeadDim(i),
        };
        return config.UpBlockTypes[i] switch
        {
            "UpBlock2D" => new UpBlock2D(options),
            "CrossAttnUpBlock2D" => new CrossAttnUpBlock2D(options),
            "ResnetUpsampleBlock2D" => new ResnetUpsampleBlock2D(options),
            _ => new SimpleCrossAttnUpBlock2D(options),
        };
    }

    private static BlockOptions Options(UNet2DConditionConfig config, int level) => new()
    {
        InChannels = config.BlockOutChannels[level],
        OutChannels = config.BlockOutChannels[level],
        TembChannels = config.TimeWidth,
        Layers = config.LayersPerBlock[level],
        Resnet = config.ResnetOptions,
        TextWidth = config.CrossAttentionDim[level],
        AttentionHeadDim = config.AttentionHeadDim[level],
        OnlyCrossAttention = config.OnlyCrossAttention[level],
        NormText = config.CrossAttentionNorm is not null,
        TransformerLayers = config.TransformerLayersPerBlock[level],
        UseLinearProjection = config.UseLinearProjection,
        DownsamplePadding = config.DownsamplePadding,
    };
}

namespace FloydSharp.Models.UNet;

/// <summary>
/// The UNets' published sizes, for tests, benchmarks and synthetic checkpoints. Loading a checkpoint does not use them: its own
/// file decides.
/// </summary>
public static class RealConfigs
{
    /// <summary>IF-I-M: 372 million parameters, 64 x 64 pixels.</summary>
    public static UNet2DConditionConfig StageIMedium { get; } = StageI(768, 192, 384, 576, 768);

    /// <summary>IF-I-L: 935 million parameters, 64 x 64 pixels.</summary>
    public static UNet2DConditionConfig StageILarge { get; } = StageI(1280, 320, 640, 960, 1280);

    /// <summary>IF-I-XL: 4305 million parameters, 64 x 64 pixels.</summary>
    public static UNet2DConditionConfig StageIExtraLarge { get; } = StageI(2816, 704, 1408, 2112, 2816);

    /// <summary>IF-II-M: 513 million parameters, 256 x 256 pixels.</summary>
    public static UNet2DConditionConfig StageIIMedium { get; } = StageII(768, [2, 2, 3, 4, 4], 128, 256, 512, 768, 768);

    /// <summary>IF-II-L: 1184 million parameters, 256 x 256 pixels.</summary>
    public static UNet2DConditionConfig StageIILarge { get; } = StageII(1280, [2, 2, 3, 5, 5], 160, 320, 640, 960, 1280);

    /// <summary>stable-diffusion-x4-upscaler: 473 million parameters, 4 times the side of the input.</summary>
    public static UNet2DConditionConfig X4Upscaler { get; } = new()
    {
        SampleSize = 128,
        InChannels = 7,
        OutChannels = 4,
        BlockOutChannels = [256, 512, 512, 1024],
        DownBlockTypes = ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        UpBlockTypes = ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        AttentionHeadDim = 8,
        CrossAttentionDim = 1024,
        NumClassEmbeds = 1000,
        OnlyCrossAttention = new[] { true, true, true, false },
        UseLinearProjection = true,
    };

    /// <summary>All of them under the names they are published by.</summary>
    public static IReadOnlyDictionary<string, UNet2DConditionConfig> ByName { get; } = new Dictionary<string, UNet2DConditionConfig>
    {
        ["IF-I-M"] = StageIMedium,
        ["IF-I-L"] = StageILarge,
        ["IF-I-XL"] = StageIExtraLarge,
        ["IF-II-M"] = StageIIMedium,
        ["IF-II-L"] = StageIILarge,
        ["x4-upscaler"] = X4Upscaler,
    };

    private static UNet2DConditionConfig StageI(int textWidth, params int[] channels) => Both(textWidth, channels) with
    {
        SampleSize = 64,
        InChannels = 3,
        LayersPerBlock = 3,
        DownBlockTypes = ["ResnetDownsampleBlock2D", .. Enumerable.Repeat("SimpleCrossAttnDownBlock2D", 3)],
        UpBlockTypes = [.. Enumerable.Repeat("SimpleCrossAttnUpBlock2D", 3), "ResnetUpsampleBlock2D"],
    };

    private static UNet2DConditionConfig StageII(int textWidth, int[] layers, params int[] channels) => Both(textWidth, channels) with
    {
        SampleSize = 256,
        InChannels = 6,
        LayersPerBlock = layers,
        DownBlockTypes = [.. Enumerable.Repeat("ResnetDownsampleBlock2D", 3), .. Enumerable.Repeat("SimpleCrossAttnDownBlock2D", 2)],
        UpBlockTypes = [.. Enumerable.Repeat("SimpleCrossAttnUpBlock2D", 2), .. Enumerable.Repeat("ResnetUpsampleBlock2D", 3)],
        ClassEmbedType = "timestep",
        TimeEmbeddingDim = channels[^1],
        TimeEmbeddingActFn = "gelu",
        ResnetSkipTimeAct = true,
        ResnetOutScaleFactor = 1 / 0.7071,
        MidBlockScaleFactor = 1 / 0.7071,
        OnlyCrossAttention = true,
    };

    private static UNet2DConditionConfig Both(int textWidth, int[] channels) => new()
    {
        OutChannels = 6,
        BlockOutChannels = channels,
        MidBlockType = "UNetMidBlock2DSimpleCrossAttn",
        AttentionHeadDim = 64,
        CrossAttentionDim = textWidth,
        CrossAttentionNorm = "group_norm",
        EncoderHidDim = 4096,
        EncoderHidDimType = "text_proj",
        AdditionEmbedType = "text",
        ActFn = "gelu",
        ResnetTimeScaleShift = "scale_shift",
    };
}

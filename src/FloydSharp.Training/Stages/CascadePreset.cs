using FloydSharp.IO;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;

namespace FloydSharp.Training.Stages;

/// <summary>Sizes of all models of a cascade that is trained from nothing.</summary>
internal sealed record CascadePreset
{
    /// <summary>The name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>The encoder of stages I and II; its vocabulary is set by the tokenizer.</summary>
    public required T5Config TextEncoder { get; init; }

    /// <summary>The UNet of stage I.</summary>
    public required UNet2DConditionConfig StageI { get; init; }

    /// <summary>The UNet of stage II.</summary>
    public required UNet2DConditionConfig StageII { get; init; }

    /// <summary>The encoder of stage III; its vocabulary is set by the tokenizer.</summary>
    public required ClipTextConfig ClipText { get; init; }

    /// <summary>The autoencoder of stage III.</summary>
    public required AutoencoderKLConfig Vae { get; init; }

    /// <summary>The UNet of stage III.</summary>
    public required UNet2DConditionConfig StageIII { get; init; }

    /// <summary>What models/ holds: ten million parameters together, a few seconds per picture on two cores.</summary>
    /// <remarks>
    /// The norms have fewer groups than usual: with two or three channels in a group, little but the sign of their difference
    /// would be left of the colour of an even picture.
    /// </remarks>
    public static CascadePreset Small { get; } = Make(
        "small", textWidth: 192, textLayers: 4, textInner: 192,
        [48, 96, 128], [1, 2, 1], groupsI: 8, headWidth: 32,
        [24, 32, 48, 64], [1, 1, 1, 1], groupsII: 4,
        clipWidth: 96, [16, 32, 56], [24, 32, 40, 48], side: 64);

    /// <summary>For tests: fits into a few seconds on a CPU.</summary>
    public static CascadePreset Tiny { get; } = Make(
        "tiny", textWidth: 32, textLayers: 1, textInner: 32,
        [16, 32], [1, 1], groupsI: 4, headWidth: 16,
        [16, 16, 32], [1, 1, 1], groupsII: 4,
        clipWidth: 32, [8, 16, 16], [16, 32, 32], side: 16);

    /// <summary>The preset of a name.</summary>
    /// <exception cref="FloydException">There is none.</exception>
    public static CascadePreset Named(string name) => name switch
    {
        "small" => Small,
        "tiny" => Tiny,
        _ => throw new FloydException($"There is no preset \"{name}\"; there are small and tiny."),
    };

    private static CascadePreset Make(
        string name, int textWidth, int textLayers, int textInner,
        int[] channelsI, int[] layersI, int groupsI, int headWidth,
        int[] channelsII, int[] layersII, int groupsII,
        int clipWidth, long[] vae, int[] channelsIII, int side) => new()
        {
            Name = name,
            TextEncoder = new()
            {
                DModel = textWidth,
                DKv = 32,
                NumHeads = textWidth / 32,
                DFf = textInner,
                NumLayers = textLayers,
            },
            StageI = Pixel(textWidth, channelsI, layersI, groupsI, headWidth) with
            {
                SampleSize = side,
                InChannels = 3,
                DownBlockTypes = ["ResnetDownsampleBlock2D", .. Enumerable.Repeat("SimpleCrossAttnDownBlock2D", channelsI.Length - 1)],
                UpBlockTypes = [.. Enumerable.Repeat("SimpleCrossAttnUpBlock2D", channelsI.Length - 1), "ResnetUpsampleBlock2D"],
                // At half the side pixels look at the text alone: looking at each other there costs a fifth of a step.
                OnlyCrossAttention = channelsI.Select((_, level) => level < channelsI.Length - 1).ToArray(),
            },
            StageII = Pixel(textWidth, channelsII, layersII, groupsII, headWidth: 16) with
            {
                SampleSize = 4 * side,
                InChannels = 6,
                DownBlockTypes = [.. Enumerable.Repeat("ResnetDownsampleBlock2D", channelsII.Length - 2), .. Enumerable.Repeat("SimpleCrossAttnDownBlock2D", 2)],
                UpBlockTypes = [.. Enumerable.Repeat("SimpleCrossAttnUpBlock2D", 2), .. Enumerable.Repeat("ResnetUpsampleBlock2D", channelsII.Length - 2)],
                ClassEmbedType = "timestep",
                TimeEmbeddingDim = channelsII[^1],
                TimeEmbeddingActFn = "gelu",
                ResnetSkipTimeAct = true,
                ResnetOutScaleFactor = 1 / 0.7071,
                MidBlockScaleFactor = 1 / 0.7071,
                OnlyCrossAttention = true,
            },
            ClipText = new()
            {
                HiddenSize = clipWidth,
                IntermediateSize = 2 * clipWidth,
                NumHiddenLayers = 2,
                NumAttentionHeads = Math.Max(1, clipWidth / 32),
                HiddenAct = "gelu",
            },
            Vae = new()
            {
                BlockOutChannels = vae,
                DownBlockTypes = [.. vae.Select(_ => "DownEncoderBlock2D")],
                UpBlockTypes = [.. vae.Select(_ => "UpDecoderBlock2D")],
                LayersPerBlock = 1,
                NormNumGroups = groupsII,
                SampleSize = 4 * side,
                ScalingFactor = 0.08333,
                // Attention over all latents of a large picture costs more than the rest of the decoder together.
                MidBlockAddAttention = false,
                ForceUpcast = false,
            },
            StageIII = new()
            {
                SampleSize = 4 * side,
                InChannels = 7,
                OutChannels = 4,
                BlockOutChannels = channelsIII,
                DownBlockTypes = [.. Enumerable.Repeat("DownBlock2D", channelsIII.Length - 1), "CrossAttnDownBlock2D"],
                UpBlockTypes = ["CrossAttnUpBlock2D", .. Enumerable.Repeat("UpBlock2D", channelsIII.Length - 1)],
                LayersPerBlock = 1,
                AttentionHeadDim = Math.Max(1, channelsIII[^1] / 32),
                CrossAttentionDim = clipWidth,
                NumClassEmbeds = 1000,
                NormNumGroups = groupsII,
                OnlyCrossAttention = true,
                UseLinearProjection = true,
            },
        };

    private static UNet2DConditionConfig Pixel(int textWidth, int[] channels, int[] layers, int groups, int headWidth) => new()
    {
        OutChannels = 6,
        BlockOutChannels = channels,
        LayersPerBlock = layers,
        NormNumGroups = groups,
        MidBlockType = "UNetMidBlock2DSimpleCrossAttn",
        AttentionHeadDim = headWidth,
        CrossAttentionDim = textWidth,
        CrossAttentionNorm = "group_norm",
        EncoderHidDim = textWidth,
        EncoderHidDimType = "text_proj",
        AdditionEmbedType = "text",
        AdditionEmbedTypeNumHeads = Math.Max(1, textWidth / 32),
        ActFn = "gelu",
        ResnetTimeScaleShift = "scale_shift",
    };
}

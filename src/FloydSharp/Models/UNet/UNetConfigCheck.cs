using System.Globalization;
using FloydSharp.IO;
using FloydSharp.Models.UNet.Blocks;
using FloydSharp.Nn;

namespace FloydSharp.Models.UNet;

/// <summary>The checks of <see cref="UNet2DConditionConfig.Validate"/>: range of each value, then what is not supported, then how values fit.</summary>
internal sealed class UNetConfigCheck(UNet2DConditionConfig config, string source)
{
    // Several times what any published model has; they keep a hostile file from asking for a model that overflows or never ends.
    private const int MaxBlocks = 16;
    private const int MaxLayers = 64;
    private const int MaxWidth = 65536;
    private const int MaxClasses = 1_000_000;
    private const int MaxKernel = 31;

    public void Run()
    {
        CheckRanges();
        CheckSupported();
        CheckBlocks();
        CheckDivisibility();
    }

    private void CheckRanges()
    {
        Range("block_out_channels, number of blocks", config.BlockCount, 1, MaxBlocks);
        foreach (var channels in config.BlockOutChannels)
            Range("block_out_channels", channels, 1, MaxWidth);
        Range("sample_size", config.SampleSize, 1, MaxWidth);
        Range("in_channels", config.InChannels, 1, MaxWidth);
        Range("out_channels", config.OutChannels, 1, MaxWidth);
        Range("norm_num_groups", config.NormNumGroups ?? throw Unsupported("norm_num_groups", "null", "a number of groups"), 1, MaxWidth);
        Range("encoder_hid_dim", config.EncoderHidDim, 1, MaxWidth);
        Range("num_class_embeds", config.NumClassEmbeds, 1, MaxClasses);
        Range("time_embedding_dim", config.TimeEmbeddingDim, 1, MaxWidth);
        Range("addition_embed_type_num_heads", config.AdditionEmbedTypeNumHeads, 1, MaxWidth);
        Range("downsample_padding", config.DownsamplePadding, 0, 1);
        Range("conv_in_kernel", config.ConvInKernel, 1, MaxKernel);
        Range("conv_out_kernel", config.ConvOutKernel, 1, MaxKernel);
        EachInRange("layers_per_block", config.LayersPerBlock, 1, MaxLayers);
        EachInRange("transformer_layers_per_block", config.TransformerLayersPerBlock, 1, MaxLayers);
        EachInRange("attention_head_dim", config.AttentionHeadDim, 1, MaxWidth);
        EachInRange("cross_attention_dim", config.CrossAttentionDim, 1, MaxWidth);
        Length("only_cross_attention", config.OnlyCrossAttention);
        Range("norm_eps", config.NormEps, 1e-12, 1);
        Range("dropout", config.Dropout, 0, 1);
        Range("resnet_out_scale_factor", config.ResnetOutScaleFactor, 1e-6, 1e6);
        Range("mid_block_scale_factor", config.MidBlockScaleFactor, 1e-6, 1e6);
        Range("freq_shift", config.FreqShift, 0, (config.BlockOutChannels[0] / 2) - 0.5);
    }

    private void CheckSupported()
    {
        OneOf("class_embed_type", config.ClassEmbedType, null, "timestep");
        OneOf("addition_embed_type", config.AdditionEmbedType, null, "text");
        OneOf("encoder_hid_dim_type", config.EncoderHidDimType, null, "text_proj");
        OneOf("cross_attention_norm", config.CrossAttentionNorm, null, "group_norm");
        OneOf("resnet_time_scale_shift", config.ResnetTimeScaleShift, "default", "scale_shift");
        OneOf("time_embedding_type", config.TimeEmbeddingType, "positional");
        OneOf("timestep_post_act", config.TimestepPostAct, null as string);
        OneOf("time_cond_proj_dim", Text(config.TimeCondProjDim), null as string);
        OneOf("num_attention_heads", config.NumAttentionHeads?.ToString(), null as string);
        OneOf("reverse_transformer_layers_per_block", config.ReverseTransformerLayersPerBlock?.ToString(), null as string);
        OneOf("attention_type", config.AttentionType, "default");
        if (config.DualCrossAttention)
            throw Unsupported("dual_cross_attention", "true", "false");
        if (config.ClassEmbeddingsConcat)
            throw Unsupported("class_embeddings_concat", "true", "false");
        if (config.EncoderHidDimType is not null && config.EncoderHidDim is null)
            throw Fail($"\"encoder_hid_dim_type\" is \"{config.EncoderHidDimType}\" and \"encoder_hid_dim\" is missing; the projection needs both");
        Activation("act_fn", config.ActFn);
        if (config.TimeEmbeddingActFn is { } act)
            Activation("time_embedding_act_fn", act);
    }

    private void CheckBlocks()
    {
        Types("down_block_types", config.DownBlockTypes, BlockFactory.DownTypes.Keys);
        Types("up_block_types", config.UpBlockTypes, BlockFactory.UpTypes.Keys);
        OneOf("mid_block_type", config.MidBlockType, [.. BlockFactory.MidTypes.Keys]);
        for (var i = 0; i < config.BlockCount; i++)
        {
            if (config.CrossAttentionDim[i] != config.CrossAttentionDim[0])
                throw Unsupported("cross_attention_dim", config.CrossAttentionDim.ToString(), "the same width for all blocks, as they see one text");
        }
    }

    private void CheckDivisibility()
    {
        if (config.BlockOutChannels[0] % 2 != 0)
            throw Fail($"\"block_out_channels\" starts with {config.BlockOutChannels[0]}, expected an even number, since the time is embedded in as many sines and cosines");
        if (config.ConvInKernel % 2 == 0 || config.ConvOutKernel % 2 == 0)
            throw Fail($"\"conv_in_kernel\" and \"conv_out_kernel\" are {config.ConvInKernel} and {config.ConvOutKernel}, expected odd numbers");
        foreach (var channels in config.BlockOutChannels)
            Divides("norm_num_groups", config.NormNumGroups!.Value, "block_out_channels", channels);
        if (config.AdditionEmbedType is not null)
            Divides("addition_embed_type_num_heads", config.AdditionEmbedTypeNumHeads, "the text's width", config.TextWidth);

        var last = config.BlockCount - 1;
        Heads(BlockFactory.MidTypes[config.MidBlockType!], config.AttentionHeadDim[last], config.BlockOutChannels[last]);
        for (var i = 0; i <= last; i++)
        {
            Heads(BlockFactory.DownTypes[config.DownBlockTypes[i]], config.AttentionHeadDim[i], config.BlockOutChannels[i]);
            Heads(BlockFactory.UpTypes[config.UpBlockTypes[i]], config.UpAttentionHeadDim(i), config.BlockOutChannels[last - i]);
        }
    }

    private void Heads(AttentionKind kind, int headDim, int channels)
    {
        if (kind != AttentionKind.None)
            Divides("attention_head_dim", headDim, "block_out_channels", channels);
        if (kind == AttentionKind.AddedKV && config.CrossAttentionNorm is not null && config.CrossAttentionDim[0] % 32 != 0)
            throw Fail($"\"cross_attention_dim\" is {config.CrossAttentionDim[0]}, expected a multiple of 32, into which \"cross_attention_norm\" groups it");
    }

    private void Divides(string key, long value, string ofKey, long of)
    {
        if (of % value != 0)
            throw Fail($"\"{key}\" is {value}, expected a divisor of {of}, which {ofKey} gives");
    }

    private void Types(string key, IReadOnlyList<string> types, IEnumerable<string> supported)
    {
        if (types.Count != config.BlockCount)
            throw Fail($"\"{key}\" has {types.Count} entries, expected {config.BlockCount} as in \"block_out_channels\"");
        foreach (var type in types)
            OneOf(key, type, [.. supported]);
    }

    private void EachInRange(string key, PerBlock<int> values, int low, int high)
    {
        Length(key, values);
        foreach (var value in values.Values)
            Range(key, value, low, high);
    }

    private void Length<T>(string key, PerBlock<T> values)
        where T : struct
    {
        if (values.IsList && values.Values.Count != config.BlockCount)
            throw Fail($"\"{key}\" has {values.Values.Count} entries, expected one value or {config.BlockCount} as in \"block_out_channels\"");
    }

    private void Range(string key, double? value, double low, double high)
    {
        if (value is { } number && !(number >= low && number <= high))
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"\"{key}\" is {number}, expected {low} to {high}"));
    }

    private void Activation(string key, string name)
    {
        try
        {
            ActivationFunctions.Parse(name, key);
        }
        catch (FloydException e)
        {
            throw new FloydException($"{e.Message.TrimEnd('.')}, in {source}.", e);
        }
    }

    private void OneOf(string key, string? value, params string?[] supported)
    {
        if (!supported.Contains(value))
            throw Unsupported(key, Show(value), string.Join(", ", supported.Select(Show)));
    }

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Show(string? value) => value is null ? "null" : $"\"{value}\"";

    private FloydException Unsupported(string key, string value, string supported) =>
        Fail($"\"{key}\" is {value}, which is not supported; supported: {supported}");

    private FloydException Fail(string what) => new($"{what}, in {source}.");
}

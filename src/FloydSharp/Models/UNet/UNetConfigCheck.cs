using FloydSharp.IO.Json;
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

    private readonly ConfigCheck _check = new(source);

    public void Run()
    {
        CheckRanges();
        CheckSupported();
        CheckBlocks();
        CheckDivisibility();
    }

    private void CheckRanges()
    {
        _check.Range("number of block_out_channels", config.BlockCount, 1, MaxBlocks);
        foreach (var channels in config.BlockOutChannels)
            _check.Range("block_out_channels", channels, 1, MaxWidth);
        _check.Range("sample_size", config.SampleSize, 1, MaxWidth);
        _check.Range("in_channels", config.InChannels, 1, MaxWidth);
        _check.Range("out_channels", config.OutChannels, 1, MaxWidth);
        _check.Range("norm_num_groups", config.NormNumGroups ?? throw _check.Failure("norm_num_groups", null, "a number of groups"), 1, MaxWidth);
        _check.Range("encoder_hid_dim", config.EncoderHidDim, 1, MaxWidth);
        _check.Range("num_class_embeds", config.NumClassEmbeds, 1, MaxClasses);
        _check.Range("time_embedding_dim", config.TimeEmbeddingDim, 1, MaxWidth);
        _check.Range("addition_embed_type_num_heads", config.AdditionEmbedTypeNumHeads, 1, MaxWidth);
        _check.Range("downsample_padding", config.DownsamplePadding, 0, 1);
        _check.Range("conv_in_kernel", config.ConvInKernel, 1, MaxKernel);
        _check.Range("conv_out_kernel", config.ConvOutKernel, 1, MaxKernel);
        EachInRange("layers_per_block", config.LayersPerBlock, 1, MaxLayers);
        EachInRange("transformer_layers_per_block", config.TransformerLayersPerBlock, 1, MaxLayers);
        EachInRange("attention_head_dim", config.AttentionHeadDim, 1, MaxWidth);
        EachInRange("cross_attention_dim", config.CrossAttentionDim, 1, MaxWidth);
        Length("only_cross_attention", config.OnlyCrossAttention);
        _check.Range("norm_eps", config.NormEps, 1e-12, 1);
        _check.Range("dropout", config.Dropout, 0, 1);
        _check.Range("resnet_out_scale_factor", config.ResnetOutScaleFactor, 1e-6, 1e6);
        _check.Range("mid_block_scale_factor", config.MidBlockScaleFactor, 1e-6, 1e6);
        _check.Range("freq_shift", config.FreqShift, 0, (config.BlockOutChannels[0] / 2) - 0.5);
    }

    private void CheckSupported()
    {
        _check.OneOf("class_embed_type", config.ClassEmbedType, null, "timestep");
        _check.OneOf("addition_embed_type", config.AdditionEmbedType, null, "text");
        _check.OneOf("encoder_hid_dim_type", config.EncoderHidDimType, null, "text_proj");
        _check.OneOf("cross_attention_norm", config.CrossAttentionNorm, null, "group_norm");
        _check.OneOf("resnet_time_scale_shift", config.ResnetTimeScaleShift, "default", "scale_shift");
        _check.OneOf("time_embedding_type", config.TimeEmbeddingType, "positional");
        _check.OneOf("timestep_post_act", config.TimestepPostAct, null as string);
        _check.Require(config.TimeCondProjDim is null, "time_cond_proj_dim", config.TimeCondProjDim, "null");
        _check.Require(config.NumAttentionHeads is null, "num_attention_heads", config.NumAttentionHeads, "null");
        _check.Require(config.ReverseTransformerLayersPerBlock is null, "reverse_transformer_layers_per_block", config.ReverseTransformerLayersPerBlock, "null");
        _check.OneOf("attention_type", config.AttentionType, "default");
        _check.Require(!config.DualCrossAttention, "dual_cross_attention", true, "false");
        _check.Require(!config.ClassEmbeddingsConcat, "class_embeddings_concat", true, "false");
        _check.Require(config.EncoderHidDimType is null || config.EncoderHidDim is not null, "encoder_hid_dim", null, "the text's width, which encoder_hid_dim_type needs");
        ActivationFunctions.Parse(config.ActFn, "act_fn", source);
        if (config.TimeEmbeddingActFn is { } act)
            ActivationFunctions.Parse(act, "time_embedding_act_fn", source);
    }

    private void CheckBlocks()
    {
        Types("down_block_types", config.DownBlockTypes, BlockFactory.DownTypes.Keys);
        Types("up_block_types", config.UpBlockTypes, BlockFactory.UpTypes.Keys);
        _check.OneOf("mid_block_type", config.MidBlockType, [.. BlockFactory.MidTypes.Keys]);
        for (var i = 0; i < config.BlockCount; i++)
        {
            _check.Require(config.CrossAttentionDim[i] == config.CrossAttentionDim[0], "cross_attention_dim", config.CrossAttentionDim, "the same width for all blocks, as they see one text");
        }
    }

    private void CheckDivisibility()
    {
        _check.Require(config.BlockOutChannels[0] % 2 == 0, "block_out_channels", config.BlockOutChannels[0], "an even number for the first, since the time is embedded in as many sines and cosines");
        _check.Require(config.ConvInKernel % 2 != 0, "conv_in_kernel", config.ConvInKernel, "an odd number");
        _check.Require(config.ConvOutKernel % 2 != 0, "conv_out_kernel", config.ConvOutKernel, "an odd number");
        foreach (var channels in config.BlockOutChannels)
            _check.Divides("norm_num_groups", config.NormNumGroups!.Value, "block_out_channels", channels);
        if (config.AdditionEmbedType is not null)
            _check.Divides("addition_embed_type_num_heads", config.AdditionEmbedTypeNumHeads, "the text's width", config.TextWidth);

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
            _check.Divides("attention_head_dim", headDim, "block_out_channels", channels);
        if (kind == AttentionKind.AddedKV && config.CrossAttentionNorm is not null)
            _check.Require(config.CrossAttentionDim[0] % 32 == 0, "cross_attention_dim", config.CrossAttentionDim[0], "a multiple of 32, into which cross_attention_norm groups it");
    }

    private void Types(string key, IReadOnlyList<string> types, IEnumerable<string> supported)
    {
        _check.Require(types.Count == config.BlockCount, $"number of {key}", types.Count, $"{config.BlockCount} as in block_out_channels");
        foreach (var type in types)
            _check.OneOf(key, type, [.. supported]);
    }

    private void EachInRange(string key, PerBlock<int> values, int low, int high)
    {
        Length(key, values);
        foreach (var value in values.Values)
            _check.Range(key, value, low, high);
    }

    private void Length<T>(string key, PerBlock<T> values)
        where T : struct =>
        _check.Require(!values.IsList || values.Values.Count == config.BlockCount, key, values, $"one value or {config.BlockCount} as in block_out_channels");
}

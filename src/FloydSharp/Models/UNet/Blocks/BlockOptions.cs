using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>What one block of a UNet is built from; <see cref="BlockFactory"/> fills it from the configuration.</summary>
public sealed record BlockOptions
{
    /// <summary>Channels of the input; for an up block, channels of its last skip connection.</summary>
    public required long InChannels { get; init; }

    /// <summary>Channels of the output.</summary>
    public required long OutChannels { get; init; }

    /// <summary>For an up block, channels of what the block before it returns.</summary>
    public long PreviousChannels { get; init; }

    /// <summary>Width of the time embedding.</summary>
    public required long TembChannels { get; init; }

    /// <summary>Number of resnets, without the one that resamples.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether the block ends by halving or doubling height and width.</summary>
    public bool Resamples { get; init; }

    /// <summary>What the resnets share.</summary>
    public required ResnetOptions Resnet { get; init; }

    /// <summary>Width of the text.</summary>
    public long TextWidth { get; init; }

    /// <summary>Width of a head in blocks with <see cref="AddedKVAttention"/>, number of heads in those with <see cref="Transformer2DModel"/>: the file has one number for both.</summary>
    public long AttentionHeadDim { get; init; }

    /// <summary>Whether pixels do not look at each other.</summary>
    public bool OnlyCrossAttention { get; init; }

    /// <summary>Whether <see cref="AddedKVAttention"/> group-normalises the text.</summary>
    public bool NormText { get; init; }

    /// <summary>Number of blocks in each <see cref="Transformer2DModel"/>.</summary>
    public int TransformerLayers { get; init; } = 1;

    /// <summary>Whether <see cref="Transformer2DModel"/> stores its maps as matrices.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Padding of a convolution that halves height and width.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>The resnets' options in the block types whose resnets the file's skip_time_act and out_scale_factor do not reach.</summary>
    internal ResnetOptions PlainResnet => Resnet with { SkipTimeActivation = false, OutputScaleFactor = 1 };

    internal AddedKVAttention AddedKV() =>
        new(OutChannels, TextWidth, OutChannels / AttentionHeadDim, Resnet.Groups, NormText, OnlyCrossAttention);

    internal Transformer2DModel Transformer() =>
        new(OutChannels, AttentionHeadDim, TextWidth, TransformerLayers, Resnet.Groups, UseLinearProjection, OnlyCrossAttention);

    internal ResnetBlock2D Resampler(Resample resample) => new(OutChannels, OutChannels, TembChannels, Resnet, resample);
}

using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets, then halving by a convolution.</summary>
/// <param name="options">What it is built from.</param>
public sealed class DownBlock2D(BlockOptions options)
    : DownBlock(options, options.PlainResnet, null, () => new Downsample2D(options.OutChannels, options.DownsamplePadding));

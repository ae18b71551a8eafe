using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets with transformers, then halving by a convolution.</summary>
/// <param name="options">What it is built from.</param>
public sealed class CrossAttnDownBlock2D(BlockOptions options)
    : DownBlock(options, options.PlainResnet, options.Transformer, () => new Downsample2D(options.OutChannels, options.DownsamplePadding));

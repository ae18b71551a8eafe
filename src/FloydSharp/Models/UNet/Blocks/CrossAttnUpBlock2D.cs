using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets over skip connections with transformers, then doubling and a convolution.</summary>
/// <param name="options">What it is built from.</param>
public sealed class CrossAttnUpBlock2D(BlockOptions options)
    : UpBlock(options, options.PlainResnet, options.Transformer, () => new Upsample2D(options.OutChannels));

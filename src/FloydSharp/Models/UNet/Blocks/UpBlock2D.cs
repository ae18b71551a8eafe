using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets over skip connections, then doubling and a convolution.</summary>
/// <param name="options">What it is built from.</param>
public sealed class UpBlock2D(BlockOptions options)
    : UpBlock(options, options.PlainResnet, null, () => new Upsample2D(options.OutChannels));

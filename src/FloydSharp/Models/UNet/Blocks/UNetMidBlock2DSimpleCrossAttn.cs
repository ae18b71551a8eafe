using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>The middle of a UNet with <see cref="AddedKVAttention"/>.</summary>
/// <param name="options">What it is built from.</param>
public sealed class UNetMidBlock2DSimpleCrossAttn(BlockOptions options)
    : MidBlock(options, options.Resnet, options.AddedKV());

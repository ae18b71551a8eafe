using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets with <see cref="AddedKVAttention"/>, then halving inside a resnet.</summary>
/// <param name="options">What it is built from.</param>
public sealed class SimpleCrossAttnDownBlock2D(BlockOptions options)
    : DownBlock(options, options.Resnet, options.AddedKV, () => options.Resampler(Resample.Down));

using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets over skip connections with <see cref="AddedKVAttention"/>, then doubling inside a resnet.</summary>
/// <param name="options">What it is built from.</param>
public sealed class SimpleCrossAttnUpBlock2D(BlockOptions options)
    : UpBlock(options, options.Resnet, options.AddedKV, () => options.Resampler(Resample.Up));

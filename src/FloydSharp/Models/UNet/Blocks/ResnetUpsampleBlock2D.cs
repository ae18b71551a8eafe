using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets over skip connections, then doubling inside a resnet.</summary>
/// <param name="options">What it is built from.</param>
public sealed class ResnetUpsampleBlock2D(BlockOptions options)
    : UpBlock(options, options.Resnet, null, () => options.Resampler(Resample.Up));

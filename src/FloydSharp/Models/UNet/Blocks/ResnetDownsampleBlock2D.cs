using FloydSharp.Nn;

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>Resnets, then halving inside a resnet.</summary>
/// <param name="options">What it is built from.</param>
public sealed class ResnetDownsampleBlock2D(BlockOptions options)
    : DownBlock(options, options.Resnet, null, () => options.Resampler(Resample.Down));

namespace FloydSharp.Models.UNet.Blocks;

/// <summary>The middle of a UNet with transformers.</summary>
/// <param name="options">What it is built from.</param>
public sealed class UNetMidBlock2DCrossAttn(BlockOptions options)
    : MidBlock(options, options.Resnet with { SkipTimeActivation = false }, options.Transformer());

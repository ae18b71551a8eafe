// Follows diffusers (Apache-2.0), src/diffusers/models/upsampling.py, Upsample2D.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Doubles height and width by repeating pixels, then convolves if it has weights.</summary>
public sealed class Upsample2D : Layer
{
    private static readonly double[] Double = [2, 2];

    private readonly Conv2d? conv;

    /// <summary>Declares the repetition alone; it has no weights.</summary>
    public Upsample2D()
    {
    }

    /// <summary>Declares the repetition and a convolution without allocating its weights.</summary>
    /// <param name="channels">Channels of input and output.</param>
    public Upsample2D(long channels) => conv = Add("conv", new Conv2d(channels, channels, 3, padding: 1) { Doubles = true });

    /// <summary>A faster way to repeat pixels; null for the plain one. Not disposed.</summary>
    public IResamplingKernel? Kernel { get; set; }

    /// <summary>Doubles height and width, or brings them to a given size.</summary>
    /// <param name="x">(B, C, H, W). Not disposed.</param>
    /// <param name="size">Height and width of the result where doubling would miss it by a rounded-off pixel; null doubles.</param>
    /// <returns>(B, C, 2H, 2W) or (B, C, size); owned by the caller.</returns>
    public Tensor forward(Tensor x, (long Height, long Width)? size = null)
    {
        var doubles = size is null || size == (2 * x.shape[2], 2 * x.shape[3]);
        if (conv is not null && doubles)
            return conv.forwardDoubled(x);                                    // (B, C, 2H, 2W)
        if (doubles && Kernel?.TryDouble(x) is { } doubled)
            return doubled;                                                   // (B, C, 2H, 2W)
        var repeated = size is { } target
            ? nn.functional.interpolate(x, size: [target.Height, target.Width], mode: InterpolationMode.Nearest)
            : nn.functional.interpolate(x, scale_factor: Double, mode: InterpolationMode.Nearest); // (B, C, 2H, 2W)
        return conv is null ? repeated : repeated.Then(conv.forward);         // (B, C, 2H, 2W)
    }
}

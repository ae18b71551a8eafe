// Follows diffusers (Apache-2.0), src/diffusers/models/downsampling.py, Downsample2D.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Halves height and width, by a strided convolution or, without weights, by the mean of 2 x 2 pixels.</summary>
public sealed class Downsample2D : Layer
{
    private readonly Conv2d? conv;
    private readonly bool _asymmetricPad;

    /// <summary>Declares the mean of 2 x 2 pixels; it has no weights.</summary>
    public Downsample2D()
    {
    }

    /// <summary>Declares the strided convolution without allocating its weights.</summary>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="padding">
    /// 1: a zero pixel on each side. 0: one on the right and at the bottom only, as the VAE's encoder was trained.
    /// </param>
    public Downsample2D(long channels, int padding)
    {
        conv = Add("conv", new Conv2d(channels, channels, 3, stride: 2, padding: padding));
        _asymmetricPad = padding == 0;
    }

    /// <summary>A faster way to average pixels; null for the plain one. Not disposed.</summary>
    public IResamplingKernel? Kernel { get; set; }

    /// <summary>Halves height and width.</summary>
    /// <param name="x">(B, C, H, W). Not disposed.</param>
    /// <returns>
    /// (B, C, H/2, W/2), rounded up by the convolution with padding 1 and down otherwise; owned by the caller.
    /// </returns>
    public Tensor forward(Tensor x)
    {
        if (conv is null)
            return Kernel?.TryHalve(x) ?? nn.functional.avg_pool2d(x, kernel_size: 2); // (B, C, H/2, W/2)
        return _asymmetricPad
            ? nn.functional.pad(x, [0, 1, 0, 1]).Then(conv.forward)           // (B, C, H/2, W/2)
            : conv.forward(x);                                                // (B, C, H/2, W/2)
    }
}

using FloydSharp.Quantization;
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A 2-D convolution with zero padding. All convolutions of all models run through here.</summary>
public sealed class Conv2d : Layer
{
    private static readonly double[] Twice = [2, 2];

    private readonly Weight weight;
    private readonly Weight? bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Side of the square kernel in pixels.</param>
    /// <param name="stride">Step in pixels, both directions.</param>
    /// <param name="padding">Zero pixels added on each side.</param>
    /// <param name="bias">Whether a bias per output channel is added.</param>
    public Conv2d(long inChannels, long outChannels, long kernelSize, long stride = 1, long padding = 0, bool bias = true)
    {
        weight = AddCompactWeight("weight", outChannels, inChannels, kernelSize, kernelSize);
        this.bias = bias ? AddWeight("bias", outChannels) : null;
        _stride = [stride, stride];
        _padding = [padding, padding];
    }

    /// <summary>A faster way for this layer; null for the plain one. Not disposed.</summary>
    public IConv2dKernel? Kernel { get; set; }

    /// <summary>Convolves.</summary>
    /// <param name="x">(B, Cin, H, W), the weights' dtype. Not disposed.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller.</returns>
    public Tensor forward(Tensor x) => weight.Compact is { } compact
        ? CompactProduct.Conv2d(x, compact, bias?.Value, _stride, _padding)
        : Kernel?.TryRun(x, Terms()) ?? nn.functional.conv2d(x, weight.Value, bias?.Value, _stride, _padding);

    /// <summary>Convolves and adds a residual: <c>(conv(x) + residual) * scale</c>.</summary>
    /// <param name="x">(B, Cin, H, W), the weights' dtype. Not disposed.</param>
    /// <param name="residual">(B, Cout, H', W'). Not disposed.</param>
    /// <param name="scale">Factor on the sum; 1 leaves it alone.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller.</returns>
    public Tensor forward(Tensor x, Tensor residual, double scale = 1)
    {
        if (Kernel?.TryRun(x, Terms() with { Residual = residual, Scale = scale }) is { } result)
            return result;

        using var scope = NewDisposeScope();
        var sum = residual.Plus(forward(x));                                  // (B, Cout, H', W')
        return (scale == 1 ? sum : sum.Times(scale)).MoveToOuterDisposeScope();
    }

    /// <summary>Doubles height and width by repeating pixels, then convolves; a kernel never forms the doubled features.</summary>
    /// <param name="x">(B, Cin, H, W), the weights' dtype. Not disposed.</param>
    /// <returns>(B, Cout, 2H', 2W') for a convolution that keeps height and width; owned by the caller.</returns>
    public Tensor forwardDoubled(Tensor x)
    {
        if (Kernel?.TryRun(x, Terms() with { Doubled = true }) is { } result)
            return result;
        using var doubled = nn.functional.interpolate(x, scale_factor: Twice, mode: InterpolationMode.Nearest); // (B, Cin, 2H, 2W)
        return forward(doubled);
    }

    /// <summary>Whether it is there to convolve pixels that stand for 2 x 2 each (<see cref="forwardDoubled"/>).</summary>
    internal bool Doubles { get; init; }

    /// <summary>What it is computed with.</summary>
    internal Conv2dTerms Terms() => new(weight, bias, _stride[0], _padding[0]);
}

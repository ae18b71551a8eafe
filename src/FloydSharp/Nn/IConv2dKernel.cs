using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to compute a <see cref="Conv2d"/> with what follows it.</summary>
public interface IConv2dKernel
{
    /// <summary>Convolves, if this way serves these features.</summary>
    /// <param name="x">(B, Cin, H, W). Not disposed.</param>
    /// <param name="terms">What it is done with.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryRun(Tensor x, Conv2dTerms terms);
}

/// <summary>What a convolution is computed with: <c>(conv(x) + residual) * scale</c>.</summary>
/// <param name="Weight">Filters (Cout, Cin, k, k). Not disposed.</param>
/// <param name="Bias">One number per output channel, (Cout); null for none. Not disposed.</param>
/// <param name="Stride">Step in pixels.</param>
/// <param name="Padding">Zero pixels on each side.</param>
/// <param name="Residual">(B, Cout, H', W'); null for none. Not disposed.</param>
/// <param name="Scale">Factor on the sum.</param>
/// <param name="Doubled">Whether each pixel of the features stands for 2 x 2 pixels of what is convolved.</param>
public sealed record Conv2dTerms(
    Weight Weight, Weight? Bias, long Stride, long Padding, Tensor? Residual = null, double Scale = 1, bool Doubled = false);

namespace FloydSharp.Planning.Activations;

/// <summary>What kernels hold beside their inputs and results, as shares of these.</summary>
/// <param name="ConvolutionSource">Copies of a convolution's input in the kernel's own layout.</param>
/// <param name="ConvolutionResult">Copies of its result.</param>
/// <param name="ConvolutionWeights">Copies of its weight.</param>
public sealed record KernelScratch(double ConvolutionSource, double ConvolutionResult, double ConvolutionWeights)
{
    /// <summary>Values that a convolution holds beside its input and result.</summary>
    internal long OfConvolution(long source, long weights, long result) =>
        (long)((ConvolutionSource * source) + (ConvolutionResult * result) + (ConvolutionWeights * weights));
}

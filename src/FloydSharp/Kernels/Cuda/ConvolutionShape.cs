using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>All that decides which kernel computes a convolution of channels-last features, and how fast.</summary>
/// <param name="DType">Of features, filters and result.</param>
/// <param name="Batch">B.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Inputs">Channels that come in.</param>
/// <param name="Outputs">Channels that go out.</param>
/// <param name="KernelHeight">Height of the filters.</param>
/// <param name="KernelWidth">Their width.</param>
/// <param name="Stride">In both directions.</param>
/// <param name="Padding">On each side.</param>
/// <param name="Shortened">Whether float32 may be rounded to TF32 as it is multiplied; false for other dtypes.</param>
internal readonly record struct ConvolutionShape(
    ScalarType DType, long Batch, long Height, long Width, long Inputs, long Outputs, long KernelHeight, long KernelWidth, long Stride, long Padding, bool Shortened)
{
    /// <summary>H'.</summary>
    public long OutputHeight => ((Height + (2 * Padding) - KernelHeight) / Stride) + 1;

    /// <summary>W'.</summary>
    public long OutputWidth => ((Width + (2 * Padding) - KernelWidth) / Stride) + 1;

    // Larger filters cut a picture into patches, once for each picture: measuring them does not pay.
    private const long LargestKernel = 7;

    /// <summary>Whether there is something to compute with filters as denoising models have them, and every number can be counted in 32 bits.</summary>
    public bool IsUsual => KernelHeight <= LargestKernel && KernelWidth <= LargestKernel
        && Height + (2 * Padding) >= KernelHeight && Width + (2 * Padding) >= KernelWidth
        && Batch * Height * Width * Inputs is > 0 and < int.MaxValue && Batch * OutputHeight * OutputWidth * Outputs is > 0 and < int.MaxValue;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{DType}{(Shortened ? " as TF32" : "")} {Batch}x{Height}x{Width}x{Inputs}, filters {Outputs}x{KernelHeight}x{KernelWidth}x{Inputs}, stride {Stride}, padding {Padding}");
}

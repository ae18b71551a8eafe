using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>LLM.int8() (Dettmers et al. 2022, arXiv:2208.07339, section 3.2) over int8 weights.</summary>
internal static class LlmInt8Product
{
    /// <summary>From this absolute value on an input makes its column an outlier.</summary>
    public const double Threshold = 6.0;

    // Some portable implementations write 6.200124e-05, which is off by 1.8e-5 of itself.
    private const double InverseSquare = 1.0 / (127 * 127);

    /// <summary>x W^T + bias.</summary>
    /// <param name="x">(M, K), floating point. Not disposed.</param>
    /// <param name="weight">(N, K) int8. Not disposed.</param>
    /// <param name="bias">(N); null for none. Not disposed.</param>
    /// <returns>(M, N), the dtype of <paramref name="x"/>; owned by the caller.</returns>
    public static Tensor Linear(Tensor x, CompactTensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var asKernels = weight.Execution == Int8Execution.BitsAndBytes;
        var input = asKernels ? x.to(ScalarType.Float16) : x;
        var values = input.to(ScalarType.Float32);                            // (M, K)
        var isOutlier = values.abs().GreaterOrEqual(Threshold);               // (M, K)
        var column = isOutlier.any(0);                                        // (K)
        var columns = column.nonzero().flatten();                             // (outliers)

        var inside = values.MaskedFill(asKernels ? isOutlier : column, 0);   // (M, K)
        var scales = inside.abs().amax([1], keepdim: true);                   // (M, 1)
        // A row of zeros has no scale; any other one than 0 leaves its codes 0.
        var divisor = scales.MaskedFill(scales.EqualTo(0), 1);
        var codes = (inside.Times(CompactTensor.Int8Max) / divisor).round().MaskedFill(column, 0).to(ScalarType.Int8); // (M, K)

        var product = IntegerProduct.Multiply(codes, weight.Values);          // (M, N)
        product = product * scales.Times(InverseSquare) * weight.Scales!;
        if (asKernels)
            product = product.to(ScalarType.Float16);
        product = product.to(x.dtype);
        if (bias is not null)
            product = product.Plus(bias);
        if (columns.shape[0] > 0)
        {
            var outliers = weight.Values.index_select(1, columns).to(ScalarType.Float32) * weight.Scales!.DividedBy(CompactTensor.Int8Max).unsqueeze(1); // (N, outliers)
            product = product.Plus(nn.functional.linear(x.index_select(1, columns), outliers.to(x.dtype))); // (M, N)
        }

        return product.MoveToOuterDisposeScope();
    }
}

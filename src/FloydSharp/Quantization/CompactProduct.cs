using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>
/// Products with compact weights. Some rows at a time are widened into one scratch block and multiplied while they are still
/// in the processor's cache, which makes up for the widening: on a CPU this is no slower than a product with float weights.
/// </summary>
internal static class CompactProduct
{
    /// <summary>The largest block of a linear layer that a CPU widens at a time: it fits the caches of current processors.</summary>
    public const long LinearBlockBytes = 8 << 20;

    /// <summary>The same of a convolution, larger because the input is reordered for each block.</summary>
    public const long ConvolutionBlockBytes = 32 << 20;

    /// <summary>The largest block that a GPU widens at a time.</summary>
    public const long DeviceBlockBytes = 128 << 20;

    /// <summary>x W^T + bias.</summary>
    /// <param name="x">(..., K), the weight's dtype of products. Not disposed.</param>
    /// <param name="weight">(N, K). Not disposed.</param>
    /// <param name="bias">(N), that dtype; null for none. Not disposed.</param>
    /// <param name="multiply">
    /// What multiplies (M, K) by widened rows of 16-bit weights (N', K) and adds their bias, so that they give the numbers of the
    /// same weights kept wide; null, or its null, for the plain way.
    /// </param>
    /// <returns>(..., N), owned by the caller.</returns>
    public static Tensor Linear(Tensor x, CompactTensor weight, Tensor? bias, Func<Tensor, Tensor, Tensor?, Tensor?>? multiply = null)
    {
        using var scope = NewDisposeScope();
        if (NeedsGradient(x, bias))
            return nn.functional.linear(x, weight.Expand(), bias).MoveToOuterDisposeScope();

        var flat = x.reshape(-1, weight.RowLength);                           // (M, K)
        var product = weight.Scales is not null && weight.Execution != Int8Execution.WeightOnly
            ? LlmInt8Product.Linear(flat, weight, bias)
            : Blocks(weight, bias, BlockRows(weight, LinearBlockBytes), 1, (block, part) =>
                (weight.Scales is null ? multiply?.Invoke(flat, block, part) : null) ?? nn.functional.linear(flat, block, part));
        return product.view([.. x.shape[..^1], weight.Rows]).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution.</summary>
    /// <param name="x">(B, Cin, H, W), the weight's dtype of products. Not disposed.</param>
    /// <param name="weight">(Cout, Cin, kernel, kernel). Not disposed.</param>
    /// <param name="bias">(Cout), that dtype; null for none. Not disposed.</param>
    /// <param name="stride">Step, both directions.</param>
    /// <param name="padding">Zero pixels on each side, both directions.</param>
    /// <returns>(B, Cout, H', W'), owned by the caller.</returns>
    public static Tensor Conv2d(Tensor x, CompactTensor weight, Tensor? bias, long[] stride, long[] padding)
    {
        using var scope = NewDisposeScope();
        if (NeedsGradient(x, bias))
            return nn.functional.conv2d(x, weight.Expand(), bias, stride, padding).MoveToOuterDisposeScope();

        return Blocks(weight, bias, BlockRows(weight, ConvolutionBlockBytes), 3, (block, part) => nn.functional.conv2d(x, block, part, stride, padding))
            .MoveToOuterDisposeScope();
    }

    // The backward pass reads the weight again, when a scratch block would hold other rows.
    private static bool NeedsGradient(Tensor x, Tensor? bias) => is_grad_enabled() && (x.requires_grad || bias is { requires_grad: true });

    private static long BlockRows(CompactTensor weight, long bytes)
    {
        var element = weight.DType == ScalarType.Float32 ? 4 : 2;
        var most = weight.Device.type == TorchSharp.DeviceType.CPU ? bytes : DeviceBlockBytes;
        return Math.Clamp(most / (element * Math.Max(1, weight.RowLength)), 1, Math.Max(1, weight.Rows));
    }

    /// <summary>Multiplies by some rows at a time. The rows' products lie along the dimension that has <paramref name="inner"/> others behind it, less one.</summary>
    private static Tensor Blocks(CompactTensor weight, Tensor? bias, long blockRows, int inner, Func<Tensor, Tensor?, Tensor> multiply) => weight.WithBlock(blockRows, scratch =>
    {
        Tensor? result = null;
        for (var first = 0L; first < weight.Rows; first += blockRows)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(blockRows, weight.Rows - first);
            var product = Block(weight, first, scratch.narrow(0, 0, rows), bias?.narrow(0, first, rows), inner, multiply);
            if (rows == weight.Rows)
                return product.MoveToOuterDisposeScope();

            var dimension = product.dim() - inner;
            long[] shape = [.. product.shape];
            shape[dimension] = weight.Rows;
            result ??= empty(shape, product.dtype, product.device).MoveToOuterDisposeScope();
            result.narrow(dimension, first, rows).copy_(product);
        }

        return result!;
    });

    private static Tensor Block(CompactTensor weight, long first, Tensor block, Tensor? bias, int inner, Func<Tensor, Tensor?, Tensor> multiply)
    {
        // In bfloat16 the values themselves are exact and scaled weights would not be.
        var scaleAfter = weight.Scales is not null && weight.DType == ScalarType.BFloat16;
        var rows = block.shape[0];
        RowExpansion.Write(weight, first, block, scaled: !scaleAfter);
        var product = multiply(block.view([rows, .. weight.Shape.Skip(1)]), scaleAfter ? null : bias);
        return scaleAfter ? Scale(product, weight.Scales!.narrow(0, first, rows), bias, inner) : product;
    }

    private static Tensor Scale(Tensor product, Tensor scales, Tensor? bias, int inner)
    {
        long[] broadcast = [-1, .. Enumerable.Repeat(1L, inner - 1)];
        var scaled = product * scales.DividedBy(CompactTensor.Int8Max).view(broadcast); // float32, as the scales are
        if (bias is not null)
            scaled = scaled.Plus(bias.view(broadcast));
        return scaled.to(product.dtype);
    }
}

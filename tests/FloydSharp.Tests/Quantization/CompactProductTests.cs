using FloydSharp.Quantization;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Quantization;

public class CompactProductTests(ITestOutputHelper output)
{
    // 20 MB in float32: several blocks, the last one shorter.
    private const long Rows = 1200;
    private const long Length = 4200;

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 6e-3)]
    public void Linear_SeveralBlocks_EqualsTheWholeProduct(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var weight = Int8(dtype, Rows, Length);
        var (x, bias) = (Noise(2, 3, Length).to(dtype), Noise(Rows).to(dtype));
        var expected = nn.functional.linear(x.to(ScalarType.Float32), Float(weight), bias.to(ScalarType.Float32));

        var actual = CompactProduct.Linear(x, weight, bias);

        Assert.Equal(dtype, actual.dtype);
        Assert.InRange(Relative(expected, actual), 0, tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Linear_HalfWeight_EqualsTheWidenedOne(ScalarType stored)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = Noise(Rows, Length).to(stored);
        using var weight = new CompactTensor(values.alias(), null, ScalarType.Float32);
        var x = Noise(5, Length);

        Assert.InRange(Relative(nn.functional.linear(x, values.to(ScalarType.Float32)), CompactProduct.Linear(x, weight, null)), 0, 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 6e-3)]
    public void Conv2d_SeveralBlocks_EqualsTheWholeConvolution(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var weight = Int8(dtype, 1100, 1000, 3, 3);
        var (x, bias) = (Noise(1, 1000, 5, 4).to(dtype), Noise(1100).to(dtype));
        var expected = nn.functional.conv2d(x.to(ScalarType.Float32), Float(weight), bias.to(ScalarType.Float32), [2, 2], [1, 1]);

        var actual = CompactProduct.Conv2d(x, weight, bias, [2, 2], [1, 1]);

        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(Relative(expected, actual), 0, tolerance);
    }

    [Fact]
    public void Linear_InputWithGradient_CarriesItBackThroughAllBlocks()
    {
        using var scope = NewDisposeScope();
        using var weight = Int8(ScalarType.Float32, Rows, Length);
        var x = Noise(2, Length).requires_grad_();
        var grad = Noise(2, Rows);

        CompactProduct.Linear(x, weight, null).backward([grad]);

        Assert.InRange(Relative(grad.matmul(Float(weight)), x.grad!), 0, 1e-5);
    }

    [Theory]
    [InlineData(Int8Execution.WeightOnly)]
    [InlineData(Int8Execution.LlmInt8)]
    [InlineData(Int8Execution.BitsAndBytes)]
    public void Linear_LeavesOnlyItsResultAlive(Int8Execution execution)
    {
        using var x = Noise(2, Length);
        using var bias = Noise(Rows);
        TensorAssert.NoLeaks(() =>
        {
            using var noGrad = no_grad();
            using var weight = Int8(ScalarType.Float32, [Rows, Length], execution);
            using var result = CompactProduct.Linear(x, weight, bias);
            using var again = CompactProduct.Linear(x, weight, bias);
        });
    }

    [Fact]
    public void Expand_Int8_IsExact()
    {
        using var scope = NewDisposeScope();
        using var weight = Int8(ScalarType.Float32, 3, 45);
        var error = TensorAssert.Close(Float(weight), weight.Expand(), 1e-6, output, "expanded");
        Assert.InRange(error, 0, 1e-6);
    }

    [Fact]
    public void Constructor_WhatDoesNotBelongTogether_IsRefused()
    {
        using var scope = NewDisposeScope();
        var values = zeros([4, 3], ScalarType.Int8);
        Assert.Throws<ArgumentException>(() => new CompactTensor(values, null, ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => new CompactTensor(values, ones(3), ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => new CompactTensor(values, ones(4, ScalarType.Float64), ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => new CompactTensor(values, ones(4), ScalarType.Int8));
        Assert.Throws<ArgumentException>(() => new CompactTensor(values.t(), ones(3), ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => new CompactTensor(zeros(4, 3), null, ScalarType.Float32));
    }

    internal static CompactTensor Int8(ScalarType dtype, params long[] shape) => Int8(dtype, shape, Int8Execution.WeightOnly);

    internal static CompactTensor Int8(ScalarType dtype, long[] shape, Int8Execution execution)
    {
        using var scope = NewDisposeScope();
        var (values, scales) = RowQuantizer.Quantize(Noise(shape) / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b)));
        return new(values, scales, dtype, execution);
    }

    internal static Tensor Noise(params long[] shape) => randn(shape, generator: new Generator(11));

    private static Tensor Float(CompactTensor weight) =>
        weight.Values.to(ScalarType.Float32) * weight.Scales!.view([-1, .. Enumerable.Repeat(1L, weight.Shape.Count - 1)]) / 127;

    private double Relative(Tensor expected, Tensor actual)
    {
        var error = ((actual.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
        output.WriteLine($"relative error {error:g3}");
        return error;
    }
}

using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Schedulers;

public sealed class DynamicThresholdingTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0.95, 3 * 64 * 64)]
    [InlineData(0.995, 3 * 256 * 256)]
    [InlineData(0.5, 7)]
    [InlineData(0.0, 10)]
    [InlineData(1.0, 10)]
    [InlineData(0.95, 1)]
    public void Quantile_AnyRow_EqualsTorchQuantile(double ratio, int length)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var rows = randn([3, length], ScalarType.Float32, CPU, generator: generator).abs();
        var expected = rows.quantile(tensor((float)ratio), 1, keepdim: true);
        Assert.Equal(0, TensorAssert.Close(expected, DynamicThresholding.Quantile(rows, ratio), 0, output, $"{ratio} of {length}"));
    }

    [Fact]
    public void Quantile_MoreValuesThanTorchAllows_IsTheOrderStatistic()
    {
        using var scope = NewDisposeScope();
        var rows = arange(0, (1 << 24) + 5, dtype: ScalarType.Float32).flip(0).unsqueeze(0);
        Assert.Equal(1 << 23, DynamicThresholding.Quantile(rows, (double)(1 << 23) / ((1 << 24) + 4)).item<float>(), 2f);
    }

    [Fact]
    public void Apply_EachImage_HasItsOwnThreshold()
    {
        using var scope = NewDisposeScope();
        var x0 = tensor(new[] { 0.5f, -0.5f, 0.25f, 4f, -2f, 1f, 1.4f, -1.4f, 1.4f }, [3, 1, 1, 3]);
        var expected = tensor(new[] { 0.5f, -0.5f, 0.25f, 1f, -1f, 1 / 1.5f, 1f, -1f, 1f }, [3, 1, 1, 3]);
        TensorAssert.Close(expected, DynamicThresholding.Apply(x0, 1, 1.5), 1e-6, output, "thresholds 1, 1.5, 1.4");
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Apply_AnyDType_KeepsItAndLeaksNothing(ScalarType dtype) => TensorAssert.NoLeaks(() =>
    {
        using var x0 = full([2, 3, 4, 4], 2.0, dtype);
        using var thresholded = DynamicThresholding.Apply(x0, 0.95, 1.5);
        Assert.Equal(dtype, thresholded.dtype);
        using var ones = ones_like(x0);
        TensorAssert.Close(ones, thresholded, 0);
    });
}

using FloydSharp.IO;
using FloydSharp.Quantization;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Quantization;

public class RowQuantizerTests
{
    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("LLM.int8 linear, threshold 6.0")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Quantize_ReferenceWeight_GivesItsBytes(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        var (values, scales) = RowQuantizer.Quantize(tensors["weight"].cpu());
        Assert.True(values.equal(tensors["q"].cpu()).all().item<bool>());
        Assert.True(scales.equal(tensors["SCB"].cpu()).all().item<bool>());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Quantize_AnyRowLength_FollowsTheFormula(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        foreach (var length in new[] { 1, 7, 31, 32, 33, 100 })
        {
            var weight = Values(5 * length).reshape(5, length).to(dtype);
            var (values, scales) = RowQuantizer.Quantize(weight);

            var wide = weight.to(ScalarType.Float32);
            var expected = wide.abs().amax([1]);
            Assert.True(scales.equal(expected).all().item<bool>());
            Assert.True(values.equal((wide * 127 / expected.unsqueeze(1)).round().to(ScalarType.Int8)).all().item<bool>());
        }
    }

    [Fact]
    public void Quantize_Halves_GoToEvenNumbers()
    {
        using var scope = NewDisposeScope();
        float[] row = [.. Enumerable.Range(0, 40).Select(i => i - 20 + 0.5f), 127];
        var (values, _) = RowQuantizer.Quantize(tensor(row).view(1, -1));
        Assert.Equal([.. row.Select(v => (sbyte)Math.Round(v, MidpointRounding.ToEven))], values.data<sbyte>().ToArray());
    }

    [Fact]
    public void Quantize_RowOfZeros_HasScaleZero()
    {
        using var scope = NewDisposeScope();
        var (values, scales) = RowQuantizer.Quantize(zeros(2, 40));
        Assert.Equal(0, values.to(ScalarType.Float32).abs().sum().item<float>());
        Assert.Equal([0f, 0f], scales.data<float>().ToArray());
        using var compact = new CompactTensor(values, scales, ScalarType.Float32);
        Assert.Equal(0, compact.Expand().abs().sum().item<float>());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.MaxValue)]
    public void Quantize_ValueWithoutUse_IsRefused(float value)
    {
        using var scope = NewDisposeScope();
        foreach (var at in new[] { 0, 17, 39 })
        {
            var weight = ones(3, 40);
            weight[1, at] = value;
            Assert.Throws<FloydException>(() => RowQuantizer.Quantize(weight));
        }
    }

    private static Tensor Values(int count)
    {
        var random = new Random(7);
        return tensor([.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 1) * MathF.Pow(10, random.Next(-3, 2)))]);
    }
}

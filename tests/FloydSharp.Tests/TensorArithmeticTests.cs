using System.Reflection;
using FloydSharp.Nn;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests;

public sealed class TensorArithmeticTests
{
    /// <summary>Each operation beside TorchSharp's own, for a tensor and another one of the same dtype.</summary>
    public static TheoryData<string, Func<Tensor, Tensor, Tensor>, Func<Tensor, Tensor, Tensor>> Operations => new()
    {
        { "x + y", (x, y) => x.Plus(y), (x, y) => x + y },
        { "x + 3", (x, _) => x.Plus(3), (x, _) => x + 3 },
        { "x + 0.3", (x, _) => x.Plus(0.3), (x, _) => x + 0.3 },
        { "x - 3", (x, _) => x.Minus(3), (x, _) => x - 3 },
        { "x - 0.3f", (x, _) => x.Minus(0.3f), (x, _) => x - 0.3f },
        { "3 - x", (x, _) => x.SubtractedFrom(3), (x, _) => 3 - x },
        { "0.3 - x", (x, _) => x.SubtractedFrom(0.3), (x, _) => 0.3 - x },
        { "x * 3", (x, _) => x.Times(3), (x, _) => x * 3 },
        { "0.3f * x", (x, _) => x.Times(0.3f), (x, _) => 0.3f * x },
        { "0.3 * x", (x, _) => x.Times(0.3), (x, _) => 0.3 * x },
        { "x / 3", (x, _) => x.DividedBy(3), (x, _) => x / 3 },
        { "x / 0.3f", (x, _) => x.DividedBy(0.3f), (x, _) => x / 0.3f },
        { "clamp whole", (x, _) => x.Clamp(-1, 2), (x, _) => x.clamp(-1, 2) },
        { "clamp", (x, _) => x.Clamp(-0.5, 0.25), (x, _) => x.clamp(-0.5, 0.25) },
        { "clamp below", (x, _) => x.AtLeast(-0.5), (x, _) => x.clamp(min: -0.5) },
        { "clamp above", (x, _) => x.AtMost(1), (x, _) => x.clamp(max: 1.0) },
        { "==", (x, _) => x.EqualTo(1), (x, _) => x == 1 },
        { "<", (x, _) => x.LessThan(0.5), (x, _) => x < 0.5 },
        { ">", (x, _) => x.GreaterThan(0.5), (x, _) => x > 0.5 },
        { ">=", (x, _) => x.GreaterOrEqual(1), (x, _) => x >= 1 },
        { "masked_fill", (x, _) => x.MaskedFill(x.isfinite(), 7), (x, _) => x.masked_fill(x.isfinite(), 7) },
        { "square", (x, _) => x.Square(), (x, _) => x.square() },
        { "full_like", (x, _) => TensorArithmetic.FullLike(x, 3), (x, _) => full_like(x, 3) },
        { "full", (x, _) => TensorArithmetic.Full([2, 3], 250, x.dtype, CPU), (x, _) => full([2, 3], 250, x.dtype) },
        { "arange", (x, _) => TensorArithmetic.Range(-2, 7, x.dtype), (x, _) => arange(-2, 7, x.dtype) },
    };

    [Theory]
    [MemberData(nameof(Operations), DisableDiscoveryEnumeration = true)]
    public void Operation_AnyDtype_GivesTheNumbersAndTheDtypeOfTorchSharps(string name, Func<Tensor, Tensor, Tensor> ours, Func<Tensor, Tensor, Tensor> theirs)
    {
        using var scope = NewDisposeScope();
        var numbers = tensor([-70.4f, -1, -0.3f, 0, 0.25f, 1, 2.7f, 99]);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32 })
        {
            var (x, y) = (numbers.to(dtype), numbers.flip(0).to(dtype));
            var (actual, expected) = (ours(x, y), theirs(x, y));
            Assert.True(actual.dtype == expected.dtype, $"{name} of {dtype} is {actual.dtype}, not {expected.dtype}.");
            Assert.True(actual.Equals(expected), $"{name} of {dtype} gives other numbers.");
        }
    }

    [Fact]
    public void Mish_FloatingNumbers_GivesTheNumbersOfTorchSharps()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 })
        {
            var x = linspace(-30, 30, 601, dtype);
            Assert.True(Activation.Mish.Apply(x).Equals(nn.functional.mish(x)), $"{dtype} gives other numbers.");
            Assert.True(x.Pow(3.0).Equals(x.pow(3.0)), $"The third power of {dtype} gives other numbers.");
        }
    }

    [Fact]
    public void Library_MakesNoScalarsElsewhere() =>
        Assert.Empty(ScalarCalls.Of(typeof(Weight).Assembly, typeof(TensorArithmetic)));

    [Fact]
    public void ScalarCalls_OfPlainOperators_AreFound()
    {
        var found = ScalarCalls.Of(Assembly.GetExecutingAssembly()).Where(c => c.Contains(nameof(PlainOperators), StringComparison.Ordinal)).ToArray();
        Assert.Collection(
            found.Select(c => c.Split(": ")[1]),
            c => Assert.Contains("op_Multiply", c, StringComparison.Ordinal),
            c => Assert.Contains("op_Addition", c, StringComparison.Ordinal),
            c => Assert.Contains("op_Implicit", c, StringComparison.Ordinal),
            c => Assert.Contains("square", c, StringComparison.Ordinal));
    }

    private static Tensor PlainOperators(Tensor x)
    {
        var sum = x * 0.5;
        sum += x;
        return (sum * x).clamp(max: 1).square();
    }
}

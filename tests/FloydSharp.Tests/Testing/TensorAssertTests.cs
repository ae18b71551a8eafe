using FloydSharp.Testing;
using Xunit;
using Xunit.Sdk;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Testing;

/// <summary>A comparison that cannot fail would hide every other failure.</summary>
public sealed class TensorAssertTests
{
    [Theory]
    [InlineData(1f, 1.1f, 0.01, false)]
    [InlineData(1f, 1.001f, 0.01, true)]
    [InlineData(float.NaN, float.NaN, 1e9, false)]
    [InlineData(1f, float.NaN, 1e9, false)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity, 0, true)]
    [InlineData(float.NegativeInfinity, float.PositiveInfinity, 1e9, false)]
    public void Close_TwoValues_PassesOnlyWithinTolerance(float expected, float actual, double tolerance, bool passes)
    {
        using var scope = NewDisposeScope();
        var (e, a) = (tensor(new[] { 0f, expected }), tensor(new[] { 0f, actual }));
        var error = Record.Exception(() => TensorAssert.Close(e, a, tolerance));
        Assert.Equal(passes, error is null);
    }

    [Fact]
    public void Close_OtherShape_Fails()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<XunitException>(() => TensorAssert.Close(zeros(2, 1), zeros(1, 2), 1));
    }

    [Fact]
    public void NoLeaks_TensorLeftBehind_Fails()
    {
        Tensor? left = null;
        Assert.ThrowsAny<XunitException>(() => TensorAssert.NoLeaks(() => left = zeros(1)));
        left!.Dispose();
    }
}

using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Testing;

/// <summary>Compares tensors with reference tensors.</summary>
public static class TensorAssert
{
    /// <summary>
    /// Fails unless shapes are equal and every absolute difference is at most <paramref name="tolerance"/> (equal infinities
    /// differ by 0, NaN by infinity), and prints the largest one.
    /// </summary>
    /// <returns>The largest absolute difference.</returns>
    public static double Close(Tensor expected, Tensor actual, double tolerance, ITestOutputHelper? output = null, string label = "")
    {
        var error = MaxAbsoluteError(expected, actual, label);
        output?.WriteLine($"{label}: largest absolute error {error:g3}, allowed {tolerance:g3}");
        Assert.True(error <= tolerance, $"{label}: largest absolute error {error:g6}, allowed {tolerance:g6}.");
        return error;
    }

    /// <summary>The largest absolute difference, infinity where a NaN is in either; fails where shapes differ.</summary>
    public static double MaxAbsoluteError(Tensor expected, Tensor actual, string label = "")
    {
        using var scope = NewDisposeScope();
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{label}: shape ({string.Join(", ", actual.shape)}), expected ({string.Join(", ", expected.shape)}).");
        if (expected.numel() == 0)
            return 0;
        var (e, a) = (expected.cpu().to(ScalarType.Float64), actual.cpu().to(ScalarType.Float64));
        var difference = where(e == a, zeros_like(e), (e - a).abs());
        return difference.nan_to_num(double.PositiveInfinity, double.PositiveInfinity).max().item<double>();
    }

    /// <summary>Fails where the action leaves this thread with more or fewer live tensors than before.</summary>
    public static void NoLeaks(Action action)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        action();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}

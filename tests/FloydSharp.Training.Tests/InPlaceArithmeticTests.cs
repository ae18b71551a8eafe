using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests;

public sealed class InPlaceArithmeticTests
{
    [Fact]
    public void Operations_WriteTheNumbersOfTorchSharpsIntoTheFirst()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 })
        {
            var x = linspace(-3, 7, 50, dtype);
            var y = x.flip(0).contiguous();
            Check(t => t.AddInPlace(y), t => t.add_(y));
            Check(t => t.AddInPlace(y, 0.3), t => t.add_(y, 0.3));
            Check(t => t.AddInPlace(0.3), t => t.add_(0.3));
            Check(t => t.AddProductInPlace(y, y, 0.3), t => t.addcmul_(y, y, 0.3));
            Check(t => t.MultiplyInPlace(0.3), t => t.mul_(0.3));
            Check(t => t.DivideInPlace(0.3), t => t.div_(0.3));

            void Check(Func<Tensor, Tensor> ours, Func<Tensor, Tensor> theirs)
            {
                var (actual, expected) = (x.clone(), x.clone());
                Assert.Same(actual, ours(actual));
                Assert.True(actual.Equals(theirs(expected)), $"{dtype} gives other numbers.");
            }
        }
    }

    [Fact]
    public void Training_MakesNoScalarsElsewhere() =>
        Assert.Empty(ScalarCalls.Of(typeof(InPlaceArithmetic).Assembly, typeof(InPlaceArithmetic)));
}

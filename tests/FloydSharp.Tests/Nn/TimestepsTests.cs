using FloydSharp.Nn;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Nn;

public class TimestepsTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(8, true, 0)]
    [InlineData(8, false, 0)]
    [InlineData(320, true, 1)]
    public void Forward_SomeTimes_EqualsTheFormula(int channels, bool cosineFirst, double shift)
    {
        using var scope = NewDisposeScope();
        long[] times = [0, 1, 417, 999];
        var half = channels / 2;
        var expected = new double[times.Length, channels];
        for (var b = 0; b < times.Length; b++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = times[b] * Math.Pow(10000, -i / (half - shift));
                expected[b, cosineFirst ? half + i : i] = Math.Sin(angle);
                expected[b, cosineFirst ? i : half + i] = Math.Cos(angle);
            }
        }

        // A time of 999 leaves float32 an angle that is off by up to 6e-5.
        TensorAssert.Close(tensor(expected), new Timesteps(channels, cosineFirst, shift).forward(tensor(times), ScalarType.Float32), 3e-4, output);
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(0, 0)]
    [InlineData(8, 4)]
    public void Constructor_NoFrequencies_Throws(int channels, double shift) =>
        Assert.Throws<ArgumentException>(() => new Timesteps(channels, true, shift));
}

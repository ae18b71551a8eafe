using FloydSharp.Eval.Reports;
using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.Eval.Tests.Reports;

public sealed class FaithfulnessTests
{
    [Fact]
    public void Of_AnEnlargement_IsEqual()
    {
        var small = new ImageBuffer(8, 8, 3);
        new Random(1).NextBytes(small.Pixels);
        Assert.Equal(99, Faithfulness.Of(Resampler.Resize(small, 32, 32, ResampleFilter.Nearest), small));
    }

    [Fact]
    public void Of_ADifferenceOfTen_IsTwentyEightDecibels()
    {
        var (small, large) = (new ImageBuffer(8, 8, 3), new ImageBuffer(16, 16, 3));
        large.Pixels.AsSpan().Fill(10);
        Assert.Equal(28.13, Faithfulness.Of(large, small), 2);
    }
}

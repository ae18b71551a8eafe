using FloydSharp.Models.T5;
using Xunit;

namespace FloydSharp.Tests.Models.T5;

public class RelativePositionBucketsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    [InlineData(1, 17)]
    [InlineData(-7, 7)]
    [InlineData(-8, 8)]
    [InlineData(-11, 8)]
    [InlineData(-12, 9)]
    [InlineData(-15, 9)]
    [InlineData(-16, 10)]
    [InlineData(-31, 11)]
    [InlineData(-32, 12)]
    [InlineData(32, 28)]
    [InlineData(-64, 14)]
    [InlineData(-128, 15)]
    [InlineData(76, 30)]
    [InlineData(100_000, 31)]
    public void Of_32BucketsTo128_FollowsTheLogarithmicRule(long relativePosition, long expected) =>
        Assert.Equal(expected, RelativePositionBuckets.Of(relativePosition, 32, 128));

    [Fact]
    public void OfSequence_PutsTheQueryFirst() =>
        Assert.Equal([0, 17, 18, 1, 0, 17, 2, 1, 0], RelativePositionBuckets.OfSequence(3, 32, 128));
}

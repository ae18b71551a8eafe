using FloydSharp.Schedulers;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Stages;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Losses;

public sealed class NoiseWeightsTests
{
    [Fact]
    public void At_AllNoiseLevels_FollowsTheRatioWithinTheBounds()
    {
        using var scope = NewDisposeScope();
        using var schedule = new DiffusionSchedule(SchedulerConfig.Parse(SchedulerFiles.StageII), CPU);
        var terms = schedule.At(arange(0, schedule.Count, 37, ScalarType.Int64));
        var ratios = terms.SignalToNoise.flatten().data<float>().ToArray();

        var weights = new NoiseWeights(5, 20).At(terms).data<float>().ToArray();

        Assert.Contains(ratios, r => r > 5);
        Assert.Contains(ratios, r => r < 0.05);
        for (var i = 0; i < ratios.Length; i++)
        {
            double expected = ratios[i] > 5 ? 5 / ratios[i] : ratios[i] < 1 ? Math.Min(20, 1 / ratios[i]) : 1;
            Assert.Equal(expected, weights[i], 1e-4 * expected);
        }
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(5, 1, false)]
    [InlineData(0, 20, false)]
    public void IsEven_Bounds_TellsWhetherThereIsAnythingToWeigh(double ratio, double weight, bool expected) =>
        Assert.Equal(expected, new NoiseWeights(ratio, weight).IsEven);
}

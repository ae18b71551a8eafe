using FloydSharp.Kernels.Cuda;
using Xunit;

namespace FloydSharp.Tests.Kernels.Cuda;

public class PlanChoiceTests
{
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(2, 3.0, 2.0, 1.0, 1.5)]
    [InlineData(1, 3.0, 0.5, 0.9, 0.51)]
    public void Fastest_EachPlanWithItsTime_TakesTheLeast(int expected, params double[] times)
    {
        var (best, milliseconds) = PlanChoice.Fastest(times.Length, (plan, _) => times[plan]);
        Assert.Equal(expected, best);
        Assert.Equal([.. times.Select(t => (double?)t)], milliseconds);
    }

    [Fact]
    public void Fastest_AlmostAsFast_KeepsTheEarlier()
    {
        Assert.Equal(0, PlanChoice.Fastest(2, (plan, _) => plan == 0 ? 1 : PlanChoice.LeastGain).Best);
        Assert.Equal(1, PlanChoice.Fastest(2, (plan, _) => plan == 0 ? 1 : PlanChoice.LeastGain - 0.01).Best);
    }

    [Fact]
    public void Fastest_FirstRunMuchSlowerThanTheBest_IsNotRunAgain()
    {
        double[] times = [1, 1.9, PlanChoice.SlowestFirst + 0.1];
        var calls = new int[3];
        Assert.Equal(0, PlanChoice.Fastest(3, (plan, _) =>
        {
            calls[plan]++;
            return times[plan];
        }).Best);
        Assert.True(calls[1] > 1);
        Assert.Equal(1, calls[2]);
    }

    [Fact]
    public void Fastest_NoisyPlans_ComparesTheirLeast()
    {
        var calls = new int[2];

        // The first is slow at first, as on a device that was asleep.
        var (best, times) = PlanChoice.Fastest(2, (plan, _) => calls[plan]++ is var call && plan == 0 ? call < 2 ? 5 : 1 : 1.2);
        Assert.Equal(0, best);
        Assert.Equal([1.0, 1.2], times);
    }

    [Fact]
    public void Fastest_SomeFail_TakesOneThatDoesNot()
    {
        var (best, times) = PlanChoice.Fastest(3, (plan, _) => plan == 1 ? 2 : null);
        Assert.Equal(1, best);
        Assert.Equal([null, 2.0, null], times);
        Assert.Null(PlanChoice.Fastest(2, (_, _) => null).Best);
        Assert.Null(PlanChoice.Fastest(0, (_, _) => 1).Best);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    [InlineData(50)]
    public void Fastest_AnyLength_TakesTensOfMilliseconds(double each)
    {
        double spent = 0;
        PlanChoice.Fastest(1, (_, runs) =>
        {
            spent += each * runs;
            return each;
        });
        Assert.InRange(spent, 0, Math.Max(10, 3 * each));
    }
}

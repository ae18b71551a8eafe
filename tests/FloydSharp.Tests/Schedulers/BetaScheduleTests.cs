using FloydSharp.Schedulers;
using Xunit;

namespace FloydSharp.Tests.Schedulers;

public sealed class BetaScheduleTests
{
    [Theory]
    [InlineData(BetaScheduleKind.Linear)]
    [InlineData(BetaScheduleKind.ScaledLinear)]
    public void Betas_LinearKinds_ReachBothEnds(BetaScheduleKind kind)
    {
        var betas = BetaSchedule.Betas(new() { BetaSchedule = kind });
        Assert.Equal(1000, betas.Length);
        Assert.Equal(0.0001, betas[0], 1e-9);
        Assert.Equal(0.02, betas[^1], 1e-8);
    }

    [Fact]
    public void Betas_Cosine_AreCapped()
    {
        var betas = BetaSchedule.Betas(new() { BetaSchedule = BetaScheduleKind.SquaredCosCapV2 });
        Assert.Equal(0.999f, betas[^1]);
        Assert.Equal(1 - (Math.Pow(Math.Cos(0.009 / 1.008 * Math.PI / 2), 2) / Math.Pow(Math.Cos(0.008 / 1.008 * Math.PI / 2), 2)), betas[0], 1e-9);
    }

    [Theory]
    [InlineData(BetaScheduleKind.Linear)]
    [InlineData(BetaScheduleKind.ScaledLinear)]
    [InlineData(BetaScheduleKind.SquaredCosCapV2)]
    [InlineData(BetaScheduleKind.Sigmoid)]
    public void AlphasCumprod_EachKind_DescendsBetweenOneAndZero(BetaScheduleKind kind)
    {
        var table = BetaSchedule.AlphasCumprod(new() { BetaSchedule = kind });
        Assert.InRange(table[0], 0.99f, 1f);
        Assert.True(table.Zip(table.Skip(1)).All(p => p.First > p.Second && p.Second >= 0));
    }

    [Fact]
    public void AlphasCumprod_ZeroTerminalSnr_KeepsTheFirstAndEndsAtZero()
    {
        var config = new SchedulerConfig { BetaSchedule = BetaScheduleKind.ScaledLinear };
        var plain = BetaSchedule.AlphasCumprod(config);
        var rescaled = BetaSchedule.AlphasCumprod(config with { RescaleBetasZeroSnr = true });
        Assert.Equal(plain[0], rescaled[0], 1e-6f);
        Assert.Equal(0, rescaled[^1]);
    }
}

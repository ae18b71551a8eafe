using FloydSharp.Schedulers;
using FloydSharp.Training.Losses;
using FloydSharp.Training.Optimization;
using FloydSharp.Training.Stages;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Training.Tests.Losses;

public sealed class DiffusionLossesTests
{
    private static readonly SchedulerConfig s_config = SchedulerConfig.Parse(SchedulerFiles.StageI);

    [Fact]
    public void LearnedVariance_PerfectNoiseAndLowestVariance_IsZero()
    {
        using var scope = NewDisposeScope();
        var (_, _, terms, noise, clean, noisy, isFirst) = Sample([40, 300, 999]);
        var output = cat([noise, -ones_like(noise)], dim: 1);
        var (loss, parts) = DiffusionLosses.LearnedVariance(output, clean, noise, noisy, terms, isFirst, NoiseWeights.Even);
        Assert.InRange(loss.item<float>(), -1e-6f, 1e-3f);
        Assert.Equal(0, parts[1].item<float>());
    }

    [Fact]
    public void LearnedVariance_ErrorAtOneTimestep_IsSquareAndDivergenceOfThePaper()
    {
        using var scope = NewDisposeScope();
        const int t = 500;
        var (_, _, terms, noise, clean, noisy, isFirst) = Sample([t, t]);
        var alphaBar = BetaSchedule.AlphasCumprod(s_config);
        var beta = 1 - ((double)alphaBar[t] / alphaBar[t - 1]);
        var lowest = beta * (1 - alphaBar[t - 1]) / (1 - alphaBar[t]);
        var output = cat([noise, ones_like(noise)], dim: 1);
        var (_, parts) = DiffusionLosses.LearnedVariance(output, clean, noise, noisy, terms, isFirst, NoiseWeights.Even);

        // The mean is exact and the variance beta: the divergence of two centred normal distributions.
        var expected = 0.5 * (Math.Log(beta / lowest) - 1 + (lowest / beta)) / Math.Log(2);
        Assert.Equal(expected, parts[2].item<float>(), 1e-5 + (0.01 * expected));
    }

    [Fact]
    public void LearnedVariance_Gradient_BoundTrainsTheVarianceAlone()
    {
        using var scope = NewDisposeScope();
        var (_, _, terms, noise, clean, noisy, isFirst) = Sample([0, 500]);
        var mean = noise.clone().requires_grad_();
        var variance = zeros_like(noise).requires_grad_();
        var (loss, _) = DiffusionLosses.LearnedVariance(cat([mean, variance], dim: 1), clean, noise, noisy, terms, isFirst, NoiseWeights.Even);
        loss.backward();
        Assert.Equal(0, mean.grad!.abs().max().item<float>());
        Assert.True(variance.grad!.abs().max().item<float>() > 0);
        Assert.True(variance.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void AddNoise_AtTimesteps_EqualsTheScheduler()
    {
        using var scope = NewDisposeScope();
        int[] timesteps = [0, 250, 999];
        var (_, _, _, noise, clean, noisy, _) = Sample(timesteps);
        using var scheduler = SchedulerFactory.Create(s_config);
        Assert.InRange((scheduler.AddNoise(clean, noise, timesteps) - noisy).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void DrawTimesteps_ManyBatches_CoverAllEvenly()
    {
        using var schedule = new DiffusionSchedule(s_config, CPU);
        using var random = new RandomTensors(2, CPU);
        using var drawn = schedule.DrawTimesteps(2000, random);
        var sorted = drawn.data<long>().ToArray().Order().ToArray();
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(i / 2, sorted[i]));
    }

    private static (DiffusionSchedule, Tensor, ScheduleTerms, Tensor, Tensor, Tensor, Tensor) Sample(int[] timesteps)
    {
        var schedule = new DiffusionSchedule(s_config, CPU);
        using var random = new RandomTensors(6, CPU);
        var t = tensor(timesteps.Select(x => (long)x).ToArray());
        var terms = schedule.At(t);
        var noise = random.Normal(timesteps.Length, 3, 4, 4);
        var clean = (random.Uniform(timesteps.Length, 3, 4, 4) * 1.6) - 0.8;
        return (schedule, t, terms, noise, clean, terms.AddNoise(clean, noise), t.eq(0));
    }
}

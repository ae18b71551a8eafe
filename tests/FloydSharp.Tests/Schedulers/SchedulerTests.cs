using FloydSharp.IO;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Schedulers;

public sealed class SchedulerTests(ITestOutputHelper output)
{
    private static readonly SchedulerConfig _if = new()
    {
        ClassName = nameof(DDPMScheduler),
        BetaSchedule = BetaScheduleKind.SquaredCosCapV2,
        VarianceType = VarianceType.LearnedRange,
        Thresholding = true,
        DynamicThresholdingRatio = 0.95,
        SampleMaxValue = 1.5,
    };

    public static TheoryData<string> Names => [.. SchedulerFactory.Names];

    /// <summary>A model that knows the clean image brings any sampler to it: this also covers orders and options without reference numbers.</summary>
    [Theory]
    [InlineData("ddpm", 1, SolverType.Midpoint, false, PredictionType.Epsilon)]
    [InlineData("ddpm", 1, SolverType.Midpoint, false, PredictionType.VPrediction)]
    [InlineData("ddim", 1, SolverType.Midpoint, false, PredictionType.Epsilon)]
    [InlineData("ddim", 1, SolverType.Midpoint, false, PredictionType.Sample)]
    [InlineData("dpmsolvermultistepscheduler", 1, SolverType.Midpoint, false, PredictionType.Epsilon)]
    [InlineData("dpmsolvermultistepscheduler", 2, SolverType.Heun, false, PredictionType.Sample)]
    [InlineData("dpmsolvermultistepscheduler", 2, SolverType.Midpoint, true, PredictionType.VPrediction)]
    [InlineData("dpmsolvermultistepscheduler", 3, SolverType.Midpoint, true, PredictionType.Epsilon)]
    [InlineData("sde-dpm++", 2, SolverType.Midpoint, false, PredictionType.Epsilon)]
    public void Step_PerfectModel_EndsAtTheCleanImage(string name, int order, SolverType solver, bool karras, PredictionType prediction)
    {
        using var scope = NewDisposeScope();
        var config = new SchedulerConfig
        {
            BetaSchedule = BetaScheduleKind.ScaledLinear,
            VarianceType = VarianceType.FixedSmall,
            SolverOrder = order,
            SolverType = solver,
            UseKarrasSigmas = karras,
            PredictionType = prediction,
        };
        using var scheduler = SchedulerFactory.Create(name, config);
        using var noise = NoiseSource.FromSeed(3);
        scheduler.SetTimesteps(20);
        var clean = noise.Draw([2, 3, 8, 8], ScalarType.Float32, CPU).clamp(-1, 1);
        var sample = noise.Draw(clean.shape, ScalarType.Float32, CPU);
        foreach (var timestep in scheduler.Timesteps)
        {
            var (signal, level) = Level(scheduler, timestep, clean);
            var epsilon = (sample - (signal * clean)) / level;
            var modelOutput = prediction switch
            {
                PredictionType.Epsilon => epsilon,
                PredictionType.Sample => clean,
                _ => (signal * epsilon) - (level * clean),
            };
            var step = scheduler.Step(modelOutput, timestep, sample, noise);
            TensorAssert.Close(clean, step.PredOriginalSample, 1e-3, null, $"{name} at {timestep}");
            sample = step.PrevSample;
        }

        TensorAssert.Close(clean, sample, 1e-3, output, $"{name} {order} {solver} {prediction}");
    }

    [Theory]
    [InlineData(SolverType.Midpoint)]
    [InlineData(SolverType.Heun)]
    public void Step_HigherOrderSolver_IsNearerToTheExactSolution(SolverType solver)
    {
        // Data x_0 ~ N(0, s^2) has the exact model E[x_0 | x] and an exact solution of the probability flow equation.
        const double Spread = 0.5;
        double ErrorOf(int order)
        {
            using var scope = NewDisposeScope();
            var config = new SchedulerConfig
            {
                ClassName = nameof(DPMSolverMultistepScheduler),
                BetaSchedule = BetaScheduleKind.ScaledLinear,
                PredictionType = PredictionType.Sample,
                SolverOrder = order,
                SolverType = solver,
                FinalSigmasType = FinalSigmasType.SigmaMin,
            };
            using var scheduler = SchedulerFactory.Create(config);
            var table = BetaSchedule.AlphasCumprod(config);
            double Lambda(int t) => 0.5 * Math.Log(table[t] / (1.0 - table[t]));
            int Nearest(double lambda) => Enumerable.Range(0, table.Length).MinBy(t => Math.Abs(Lambda(t) - lambda));
            var stride = (Lambda(0) - Lambda(999)) / 24;
            scheduler.SetTimesteps([.. Enumerable.Range(0, 24).Select(i => Nearest(Lambda(999) + (i * stride))).Distinct()]);
            double Deviation(double alphaProd) => Math.Sqrt((alphaProd * Spread * Spread) + 1 - alphaProd);
            var sample = ones(1, 1, 1, 1);
            foreach (var timestep in scheduler.Timesteps)
            {
                double alphaProd = table[timestep];
                var share = Math.Sqrt(alphaProd) * Spread * Spread / Math.Pow(Deviation(alphaProd), 2);
                sample = scheduler.Step(share * sample, timestep, sample, null).PrevSample;
            }

            return Math.Abs(sample.item<float>() - (Deviation(table[0]) / Deviation(table[scheduler.Timesteps[0]])));
        }

        var errors = new[] { 1, 2, 3 }.Select(ErrorOf).ToArray();
        output.WriteLine($"{solver}: errors of orders 1 to 3 {string.Join(", ", errors.Select(e => e.ToString("g3")))}");
        Assert.True(errors[1] < errors[0] / 3, "order 2 against 1");
        Assert.True(errors[2] < errors[1], "order 3 against 2");
    }

    [Theory]
    [InlineData(FinalSigmasType.SigmaMin, 20)]
    [InlineData(FinalSigmasType.Zero, 20)]
    [InlineData(FinalSigmasType.SigmaMin, 1)]
    public void Step_KarrasSigmas_StayFinite(FinalSigmasType final, int steps)
    {
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create("dpm++3", _if with { UseKarrasSigmas = true, FinalSigmasType = final });
        using var noise = NoiseSource.FromSeed(2);
        scheduler.SetTimesteps(steps);
        var sample = noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU);
        foreach (var timestep in scheduler.Timesteps)
            sample = scheduler.Step(noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU), timestep, sample, null).PrevSample;
        Assert.True(sample.isfinite().all().item<bool>());
        Assert.Throws<FloydException>(() => scheduler.SetTimesteps([900, 0]));
    }

    [Theory]
    [InlineData(VarianceType.FixedSmall)]
    [InlineData(VarianceType.FixedSmallLog)]
    [InlineData(VarianceType.FixedLarge)]
    [InlineData(VarianceType.FixedLargeLog)]
    [InlineData(VarianceType.Learned)]
    [InlineData(VarianceType.LearnedRange)]
    public void Step_EachVariance_ScalesTheNoiseByItsRoot(VarianceType variance)
    {
        using var scope = NewDisposeScope();
        var config = _if with { VarianceType = variance };
        using var scheduler = new DDPMScheduler(config);
        scheduler.SetTimesteps(10);
        var table = BetaSchedule.AlphasCumprod(config);
        var (timestep, next) = (scheduler.Timesteps[4], scheduler.Timesteps[5]);
        var beta = 1.0 - (table[timestep] / (double)table[next]);
        var posterior = (1.0 - table[next]) / (1.0 - table[timestep]) * beta;
        const double Channel = 0.25;
        var expected = variance switch
        {
            VarianceType.FixedSmall or VarianceType.FixedSmallLog => posterior,
            VarianceType.FixedLarge or VarianceType.FixedLargeLog => beta,
            VarianceType.Learned => Channel,
            _ => Math.Exp(((1 + Channel) / 2 * Math.Log(beta)) + ((1 - Channel) / 2 * Math.Log(posterior))),
        };
        Assert.Equal(variance is VarianceType.Learned or VarianceType.LearnedRange, scheduler.UsesLearnedVariance);
        var sample = zeros(1, 3, 4, 4);
        var output6 = cat([zeros(1, 3, 4, 4), full([1, 3, 4, 4], Channel)], 1);
        var step = scheduler.Step(scheduler.UsesLearnedVariance ? output6 : sample, timestep, sample, new Ones());
        TensorAssert.Close(full_like(sample, Math.Sqrt(expected)), step.PrevSample, 1e-6, output, variance.ToString());
    }

    [Fact]
    public void Step_DDIMWithFullEta_IsDDPM()
    {
        using var scope = NewDisposeScope();
        var config = new SchedulerConfig { BetaSchedule = BetaScheduleKind.Linear };
        using var ddim = new DDIMScheduler(config);
        using var ddpm = new DDPMScheduler(config);
        using var noise = NoiseSource.FromSeed(9);
        ddim.SetTimesteps(10);
        ddpm.SetTimesteps(10);
        var modelOutput = noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU);
        var sample = modelOutput * 0.9 + (0.1 * noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU));
        var options = new StepOptions { Eta = 1, UseClippedModelOutput = true };
        foreach (var timestep in ddim.Timesteps.Take(9))
            TensorAssert.Close(ddpm.Step(modelOutput, timestep, sample, new Ones()).PrevSample, ddim.Step(modelOutput, timestep, sample, new Ones(), options).PrevSample, 1e-4, output, $"at {timestep}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_HalfPrecision_KeepsTheDType(string name)
    {
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create(name, _if);
        using var noise = NoiseSource.FromSeed(1);
        scheduler.SetTimesteps(5);
        var sample = noise.Draw([2, 3, 8, 8], ScalarType.Float16, CPU);
        foreach (var timestep in scheduler.Timesteps)
        {
            using var modelOutput = noise.Draw([2, 6, 8, 8], ScalarType.Float16, CPU).clamp(-1, 1);
            sample = scheduler.Step(modelOutput, timestep, sample, noise).PrevSample;
            Assert.Equal(ScalarType.Float16, sample.dtype);
        }
    }

    [Fact]
    public void Create_DpmSolverFromADdpmConfig_TakesItsOwnDefaultSpacing()
    {
        using var absent = SchedulerFactory.Create("dpm++", _if);
        absent.SetTimesteps(10);
        Assert.Equal(999, absent.Timesteps[0]);
        Assert.Equal(VarianceType.LearnedRange, absent.Config.VarianceType);

        using var said = SchedulerFactory.Create("dpm++3", _if with { TimestepSpacing = TimestepSpacingKind.Leading });
        said.SetTimesteps(10);
        Assert.Equal(900, said.Timesteps[0]);
        Assert.Equal(3, said.Config.SolverOrder);
    }

    [Fact]
    public void Create_UnknownNames_ListWhatThereIs()
    {
        Assert.Contains("dpm++", Assert.Throws<FloydException>(() => SchedulerFactory.Create("euler", _if)).Message);
        Assert.Contains("PNDMScheduler", Assert.Throws<FloydException>(() => SchedulerFactory.Create(_if with { ClassName = "PNDMScheduler" })).Message);
        var refused = Assert.Throws<FloydException>(() => SchedulerFactory.Create("dpm++", _if with { UseLuLambdas = true }));
        Assert.Contains("use_lu_lambdas", refused.Message);
    }

    [Fact]
    public void SetTimesteps_CustomList_IsTakenOrRefused()
    {
        using var ddpm = SchedulerFactory.Create("ddpm", _if);
        ddpm.SetTimesteps([900, 500, 120, 0]);
        Assert.Equal([900, 500, 120, 0], ddpm.Timesteps);
        Assert.Throws<FloydException>(() => ddpm.SetTimesteps([]));
        Assert.Throws<FloydException>(() => ddpm.SetTimesteps([1000]));
        Assert.Throws<FloydException>(() => ddpm.SetTimesteps([5, -1]));
        Assert.Throws<FloydException>(() => ddpm.SetTimesteps([5, 5]));

        using var dpm = SchedulerFactory.Create("dpm++", _if);
        dpm.SetTimesteps(TimestepPresets.Find("fast27"));
        Assert.Equal(27, dpm.Timesteps.Count);
        using var ddim = SchedulerFactory.Create("ddim", _if);
        ddim.SetTimesteps([900, 0]);
        Assert.Equal([900, 0], ddim.Timesteps);
        Assert.Throws<FloydException>(() => ddim.SetTimesteps([5, 5]));
    }

    [Fact]
    public void Step_WrongUse_SaysWhatIsWrong()
    {
        using var scope = NewDisposeScope();
        using var ddpm = SchedulerFactory.Create("ddpm", _if);
        using var noise = NoiseSource.FromSeed(1);
        ddpm.SetTimesteps(10);
        var (sample, output6) = (zeros(1, 3, 4, 4), zeros(1, 6, 4, 4));
        Assert.Contains("901", Assert.Throws<FloydException>(() => ddpm.Step(output6, 901, sample, noise)).Message);
        Assert.Contains("variance", Assert.Throws<FloydException>(() => ddpm.Step(sample, 900, sample, noise)).Message);
        Assert.Contains("(1, 4, 4, 4)", Assert.Throws<FloydException>(() => ddpm.Step(zeros(1, 4, 4, 4), 900, sample, noise)).Message);
        Assert.Contains("noise", Assert.Throws<FloydException>(() => ddpm.Step(output6, 900, sample, null)).Message);
        Assert.Throws<FloydException>(() => ddpm.AddNoise(sample, sample, [1, 2]));
        Assert.Throws<FloydException>(() => ddpm.AddNoise(sample, sample, [1000]));

        using var dpm = SchedulerFactory.Create("dpm++", _if);
        Assert.Throws<FloydException>(() => dpm.Step(sample, 999, sample, null));
        dpm.SetTimesteps([999, 500]);
        dpm.Step(sample, 999, sample, null);
        Assert.Contains("order", Assert.Throws<FloydException>(() => dpm.Step(sample, 999, sample, null)).Message);
        dpm.Step(sample, 500, sample, null);
        Assert.Contains("ended", Assert.Throws<FloydException>(() => dpm.Step(sample, 500, sample, null)).Message);
    }

    [Fact]
    public void Step_RunLeftEarly_IsFreedBySetTimesteps() => TensorAssert.NoLeaks(() =>
    {
        using var dpm = SchedulerFactory.Create("dpm++3", _if);
        for (var run = 0; run < 2; run++)
        {
            using var scope = NewDisposeScope();
            dpm.SetTimesteps(10);
            var sample = zeros(1, 3, 4, 4);
            foreach (var timestep in dpm.Timesteps.Skip(3).Take(4))
                sample = dpm.Step(sample, timestep, sample, null).PrevSample;
        }
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void AddNoise_OneTimestepForAll_MatchesOnePerImage(string name)
    {
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create(name, _if);
        using var noise = NoiseSource.FromSeed(4);
        scheduler.SetTimesteps(10);
        var (image, drawn) = (noise.Draw([2, 3, 4, 4], ScalarType.Float32, CPU), noise.Draw([2, 3, 4, 4], ScalarType.Float32, CPU));
        var timestep = scheduler.Timesteps[5];
        double alphaProd = BetaSchedule.AlphasCumprod(_if)[timestep];
        var expected = (Math.Sqrt(alphaProd) * image) + (Math.Sqrt(1 - alphaProd) * drawn);
        TensorAssert.Close(expected, scheduler.AddNoise(image, drawn, [timestep]), 1e-6, output, name);
        TensorAssert.Close(expected, scheduler.AddNoise(image, drawn, [timestep, timestep]), 1e-6, output, name);
        Assert.NotSame(image, scheduler.ScaleModelInput(image, timestep));
    }

    [Fact]
    public void Step_NoSignalAtTheStart_NeedsAVelocityModel()
    {
        using var scope = NewDisposeScope();
        var config = new SchedulerConfig { RescaleBetasZeroSnr = true, TimestepSpacing = TimestepSpacingKind.Trailing };
        using var scheduler = new DDPMScheduler(config);
        scheduler.SetTimesteps(5);
        var sample = zeros(1, 3, 4, 4);
        Assert.Contains("v_prediction", Assert.Throws<FloydException>(() => scheduler.Step(sample, 999, sample, new Ones())).Message);
    }

    private static (double Signal, double Level) Level(IScheduler scheduler, int timestep, Tensor like)
    {
        using var zero = zeros_like(like);
        using var one = ones_like(like);
        using var signal = scheduler.AddNoise(one, zero, [timestep]);
        using var level = scheduler.AddNoise(zero, one, [timestep]);
        return (signal.flatten()[0].item<float>(), level.flatten()[0].item<float>());
    }

    private sealed class Ones : INoiseSource
    {
        public Tensor Draw(ReadOnlySpan<long> shape, ScalarType dtype, Device device) => ones(shape, dtype, device);
    }
}

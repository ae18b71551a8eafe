using FloydSharp.Noise;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Schedulers;

public sealed class StepOptionsTests(ITestOutputHelper output)
{
    private static readonly SchedulerConfig _plain = new() { BetaSchedule = BetaScheduleKind.SquaredCosCapV2 };

    public static TheoryData<string> Names => [.. SchedulerFactory.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_WithThresholds_IsWhatAConfigWithThemDoes(string name)
    {
        using var scope = NewDisposeScope();
        using var plain = SchedulerFactory.Create(name, _plain);
        using var expected = SchedulerFactory.Create(name, _plain with { Thresholding = true, DynamicThresholdingRatio = 0.8, SampleMaxValue = 3 });
        using var other = SchedulerFactory.Create(name, _plain with { Thresholding = true, DynamicThresholdingRatio = 0.8, SampleMaxValue = 1 });
        var options = new StepOptions { DynamicThresholdingRatio = 0.8, SampleMaxValue = 3 };

        TensorAssert.Close(Step(expected, null), Step(plain, options), 0, output, "thresholding switched on");
        TensorAssert.Close(Step(expected, null), Step(other, new() { SampleMaxValue = 3 }), 0, output, "one value replaced");
        Assert.True(TensorAssert.MaxAbsoluteError(Step(plain, null), Step(plain, options)) > 1e-3);
    }

    [Fact]
    public void Step_DDIMWithAList_LeadsToItsNextTimestep()
    {
        using var scope = NewDisposeScope();
        using var ddim = SchedulerFactory.Create("ddim", _plain);
        using var ddpm = SchedulerFactory.Create("ddpm", _plain with { VarianceType = VarianceType.FixedSmall });
        IReadOnlyList<int> list = [900, 500, 490, 0];
        ddim.SetTimesteps(list);
        ddpm.SetTimesteps(list);
        using var noise = NoiseSource.FromSeed(3);
        var model = noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU);
        var sample = noise.Draw([1, 3, 4, 4], ScalarType.Float32, CPU);

        // With eta 1 DDIM is DDPM, whichever timesteps follow each other.
        foreach (var timestep in list.Take(3))
        {
            using NoiseSource one = NoiseSource.FromSeed(timestep), two = NoiseSource.FromSeed(timestep);
            var a = ddim.Step(model, timestep, sample, one, new() { Eta = 1, UseClippedModelOutput = true }).PrevSample;
            TensorAssert.Close(ddpm.Step(model, timestep, sample, two).PrevSample, a, 1e-4, output, $"from {timestep}");
        }

        // The last step ends at the clean image.
        var last = ddim.Step(model, 0, sample, null);
        TensorAssert.Close(last.PredOriginalSample, last.PrevSample, 1e-6, output, "the end");
    }

    private static Tensor Step(IScheduler scheduler, StepOptions? options)
    {
        scheduler.SetTimesteps(4);
        using NoiseSource values = NoiseSource.FromSeed(1), steps = NoiseSource.FromSeed(2);
        var model = values.Draw([2, 3, 8, 8], ScalarType.Float32, CPU);
        return scheduler.Step(model, scheduler.Timesteps[1], values.Draw([2, 3, 8, 8], ScalarType.Float32, CPU) * 2, steps, options).PrevSample;
    }
}

using System.Text.Json;
using FloydSharp.Noise;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Schedulers;

public sealed class GoldenSchedulerTests(ITestOutputHelper output)
{
    private const double StepTolerance = 1e-5;
    private static readonly string[] _kinds = [nameof(DDPMScheduler), nameof(DDIMScheduler), nameof(DPMSolverMultistepScheduler)];

    public static IEnumerable<TheoryDataRow<GoldenCase>> Trajectories => _kinds.SelectMany(GoldenCase.OfKind).Select(c => new TheoryDataRow<GoldenCase>(c));

    public static IEnumerable<TheoryDataRow<GoldenCase>> NoiseCases => GoldenCase.OfKind("DDPMScheduler.add_noise").Select(c => new TheoryDataRow<GoldenCase>(c));

    [Theory]
    [MemberData(nameof(Trajectories), DisableDiscoveryEnumeration = true)]
    public void SetTimesteps_GoldenCase_GivesTheReferenceTimesteps(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var scheduler = Create(golden);
        Assert.Equal(tensors["timesteps"].data<long>().ToArray(), scheduler.Timesteps.Select(t => (long)t));
    }

    /// <summary>Each step starts from the reference's sample, so one step's error stands alone.</summary>
    [Theory]
    [MemberData(nameof(Trajectories), DisableDiscoveryEnumeration = true)]
    public void Step_GoldenCase_AgreesInEachStep(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var scheduler = Create(golden);
        using var noise = NoiseSource.FromSeed(golden.Json.GetProperty("generator_seed").GetInt64());
        var largest = 0.0;
        for (var i = 0; i < scheduler.Timesteps.Count; i++)
        {
            using var scope = NewDisposeScope();
            var step = scheduler.Step(tensors[$"model_output{i}"], scheduler.Timesteps[i], tensors[$"sample{i}"], noise, Options(golden));
            largest = Math.Max(largest, TensorAssert.Close(tensors[$"sample{i + 1}"], step.PrevSample, StepTolerance, null, $"{golden} step {i}"));
        }

        output.WriteLine($"{golden}: largest absolute error of a step {largest:g3}");
        Assert.False(tensors.Contains($"sample{scheduler.Timesteps.Count + 1}"));
    }

    [Theory]
    [MemberData(nameof(Trajectories), DisableDiscoveryEnumeration = true)]
    public void Step_WholeTrajectory_EndsAtTheReferenceSampleAndLeavesNoTensors(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var noise = NoiseSource.FromSeed(golden.Json.GetProperty("generator_seed").GetInt64());
        TensorAssert.NoLeaks(() =>
        {
            using var scheduler = Create(golden);
            var sample = tensors["sample0"].alias();
            foreach (var (timestep, i) in scheduler.Timesteps.Select((t, i) => (t, i)))
            {
                var step = scheduler.Step(tensors[$"model_output{i}"], timestep, sample, noise, Options(golden));
                sample.Dispose();
                step.PredOriginalSample.Dispose();
                sample = step.PrevSample;
            }

            TensorAssert.Close(tensors[$"sample{scheduler.Timesteps.Count}"], sample, 10 * StepTolerance, output, $"{golden} end");
            sample.Dispose();
        });
    }

    [Theory]
    [MemberData(nameof(NoiseCases), DisableDiscoveryEnumeration = true)]
    public void AddNoise_GoldenCase_AgreesAndTheTableIsTheReferences(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var scheduler = new DDPMScheduler(Config(golden));
        var timesteps = tensors["timesteps"].data<long>().Select(t => (int)t).ToArray();
        using var noisy = scheduler.AddNoise(tensors["original"], tensors["noise"], timesteps);
        TensorAssert.Close(tensors["out"], noisy, 1e-6, output, golden.ToString());

        using var table = tensor(BetaSchedule.AlphasCumprod(scheduler.Config));
        TensorAssert.Close(tensors["alphas_cumprod"], table, 1e-7, output, $"{golden} alphas_cumprod");
    }

    [Fact]
    public void Goldens_AllKinds_ArePresent()
    {
        foreach (var kind in _kinds)
            Assert.NotEmpty(GoldenCase.OfKind(kind));
        Assert.NotEmpty(NoiseCases);
    }

    private static SchedulerConfig Config(GoldenCase golden) => SchedulerConfig.Parse(golden.Json.GetProperty("config").GetRawText());

    private static IScheduler Create(GoldenCase golden)
    {
        var scheduler = SchedulerFactory.Create(Config(golden) with { ClassName = golden.Kind });
        var arguments = golden.Json.GetProperty("set_timesteps");
        if (arguments.TryGetProperty("timesteps", out var list))
            scheduler.SetTimesteps(list.Deserialize<int[]>()!);
        else
            scheduler.SetTimesteps(arguments.GetProperty("num_inference_steps").GetInt32());
        return scheduler;
    }

    private static StepOptions Options(GoldenCase golden) =>
        golden.Json.GetProperty("step").TryGetProperty("eta", out var eta) ? new() { Eta = eta.GetDouble() } : StepOptions.Default;
}

using FloydSharp.IO;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Schedulers;

public sealed class SchedulerConfigTests
{
    public static TheoryData<string> CheckpointFiles =>
    [
        .. GoldenFolder.All.SelectMany(f => Directory.EnumerateFiles(f.Checkpoint(""), "scheduler_config.json", SearchOption.AllDirectories)),
    ];

    [Theory]
    [MemberData(nameof(CheckpointFiles))]
    public void Load_CheckpointFile_MakesTheSchedulerItNames(string path)
    {
        var config = SchedulerConfig.Load(path);
        using var scheduler = SchedulerFactory.Create(config);
        Assert.Equal(config.ClassName, scheduler.GetType().Name);
    }

    [Fact]
    public void Parse_EmptyObject_HasTheReferenceDefaults()
    {
        var config = SchedulerConfig.Parse("{}");
        Assert.Equal(new SchedulerConfig(), config);
        Assert.Equal(1000, config.NumTrainTimesteps);
        Assert.True(config.ClipSample);
        Assert.Equal(0.995, config.DynamicThresholdingRatio);
        Assert.Equal(2, config.SolverOrder);
        Assert.Equal(double.NegativeInfinity, config.LambdaMinClipped);
        Assert.Null(config.TimestepSpacing);
        Assert.Null(config.VarianceType);
    }

    [Fact]
    public void Parse_PythonInfinity_IsRead() =>
        Assert.Equal(double.NegativeInfinity, SchedulerConfig.Parse("""{"lambda_min_clipped": -Infinity, "skip_prk_steps": true, "_diffusers_version": "0.8.0"}""").LambdaMinClipped);

    [Fact]
    public void Parse_TrainedBetas_AreTheBetas()
    {
        var config = SchedulerConfig.Parse("""{"num_train_timesteps": 3, "trained_betas": [0.1, 0.2, 0.5]}""");
        Assert.Equal([0.1f, 0.2f, 0.5f], BetaSchedule.Betas(config));
    }

    [Theory]
    [InlineData("""{"beta_schedule": "laplace"}""", "beta_schedule", "laplace", "squaredcos_cap_v2")]
    [InlineData("""{"algorithm_type": "sde-dpmsolver"}""", "algorithm_type", "sde-dpmsolver", "sde-dpmsolver++")]
    [InlineData("""{"prediction_type": 1}""", "prediction_type", "1", "v_prediction")]
    [InlineData("""{"variance_type": "other"}""", "variance_type", "other", "learned_range")]
    [InlineData("""{"clip_sample": "yes"}""", "clip_sample", "yes", "another kind")]
    [InlineData("""{"clip_sample": null}""", "clip_sample", "null", "another kind")]
    [InlineData("""{"_class_name": null}""", "_class_name", "null", "another kind")]
    [InlineData("""{"trained_betas": ["a"]}""", "trained_betas", "a", "another kind")]
    [InlineData("""{"sigma_data": 0.5}""", "sigma_data", "not supported", "remove")]
    [InlineData("""{"num_train_timesteps": 2000000000}""", "num_train_timesteps", "2000000000", "100000")]
    [InlineData("""{"num_train_timesteps": 0}""", "num_train_timesteps", "0", "1 to")]
    [InlineData("""{"beta_start": 0}""", "beta_start", "0", "between 0 and 1")]
    [InlineData("""{"beta_end": 1.5}""", "beta_end", "1.5", "between 0 and 1")]
    [InlineData("""{"beta_end": "NaN"}""", "beta_end", "NaN", "between 0 and 1")]
    [InlineData("""{"dynamic_thresholding_ratio": 1.1}""", "dynamic_thresholding_ratio", "1.1", "0 to 1")]
    [InlineData("""{"sample_max_value": 0}""", "sample_max_value", "0", "above 0")]
    [InlineData("""{"clip_sample_range": "Infinity"}""", "clip_sample_range", "Infinity", "above 0")]
    [InlineData("""{"steps_offset": -1}""", "steps_offset", "-1", "0 to")]
    [InlineData("""{"solver_order": 4}""", "solver_order", "4", "1, 2 or 3")]
    [InlineData("""{"trained_betas": [0.1]}""", "trained_betas", "1", "1000")]
    [InlineData("[1]", "Array", "object", "expected")]
    [InlineData("{", "JSON", "line", "1")]
    public void Parse_BadConfig_FailsByName(string json, string first, string second, string third)
    {
        var error = Assert.Throws<FloydException>(() => SchedulerConfig.Parse(json));
        Assert.Contains(first, error.Message);
        Assert.Contains(second, error.Message);
        Assert.Contains(third, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        var error = Assert.Throws<FloydException>(() => SchedulerConfig.Load("no-such-folder/scheduler_config.json"));
        Assert.Contains("no-such-folder", error.Message);
    }
}

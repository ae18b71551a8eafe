using System.Text.Json.Serialization;
using FloydSharp.IO;
using FloydSharp.IO.Json;

namespace FloydSharp.Schedulers;

/// <summary>
/// scheduler_config.json: the settings of all schedulers in one record, because swapping a scheduler means reading one
/// class's file for another. Settings whose default depends on the class are null when the file lacks them.
/// Defaults are those of diffusers (schedulers/scheduling_ddpm.py, scheduling_ddim.py, scheduling_dpmsolver_multistep.py).
/// </summary>
public sealed record SchedulerConfig
{
    private const int MaxTrainTimesteps = 100_000;

    /// <summary>Keys that published files of these classes carry and that change nothing for them.</summary>
    private static readonly string[] _harmless = ["skip_prk_steps", "tensor_format", "timestep_values", "interpolation_type"];

    /// <summary>The scheduler the file was written for, such as <c>DDPMScheduler</c>; empty when the file does not say.</summary>
    [JsonPropertyName("_class_name")]
    public string ClassName { get; init; } = "";

    /// <summary>Number of training timesteps, 1 to 100000. Default 1000.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>Beta of the first timestep, in (0, 1). Default 0.0001.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>Beta of the last timestep, in (0, 1). Default 0.02.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>The curve between them. Default linear.</summary>
    public BetaScheduleKind BetaSchedule { get; init; } = BetaScheduleKind.Linear;

    /// <summary>One beta per training timestep, in (0, 1], instead of a curve. Default null.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>Whether the betas are rescaled so that the last timestep holds no signal (arXiv:2305.08891, algorithm 1). Default false.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>What the model predicts. Default epsilon.</summary>
    public PredictionType PredictionType { get; init; } = PredictionType.Epsilon;

    /// <summary>Where a step's variance comes from; null means the class's default (DDPM: fixed_small; others: none).</summary>
    public VarianceType? VarianceType { get; init; }

    /// <summary>Whether the predicted image is clamped to <see cref="ClipSampleRange"/> (DDPM, DDIM; not with thresholding). Default true.</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>The largest magnitude left by clipping. Default 1.</summary>
    public double ClipSampleRange { get; init; } = 1.0;

    /// <summary>Whether the predicted image goes through <see cref="Schedulers.DynamicThresholding"/>. Default false.</summary>
    public bool Thresholding { get; init; }

    /// <summary>Its quantile, in [0, 1]. Default 0.995; IF uses 0.95.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>Its largest threshold, above 0. Default 1; IF stage I uses 1.5.</summary>
    public double SampleMaxValue { get; init; } = 1.0;

    /// <summary>How timesteps are spaced; null means the class's default (DPM-Solver: linspace; others: leading).</summary>
    public TimestepSpacingKind? TimestepSpacing { get; init; }

    /// <summary>Added to each timestep under leading spacing, 0 to num_train_timesteps. Default 0.</summary>
    public int StepsOffset { get; init; }

    /// <summary>DDIM: whether the step past the last timestep is free of noise, or as noisy as timestep 0. Default true.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>DPM-Solver: highest order of a step, 1 to 3. Default 2.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>DPM-Solver: deterministic or stochastic. Default dpmsolver++.</summary>
    public AlgorithmType AlgorithmType { get; init; } = AlgorithmType.DpmSolverPlusPlus;

    /// <summary>DPM-Solver: second-order weights. Default midpoint.</summary>
    public SolverType SolverType { get; init; } = SolverType.Midpoint;

    /// <summary>DPM-Solver: whether the last steps of a run under 15 steps fall back to lower orders. Default true.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>DPM-Solver: whether the last step is always first order. Default false.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>DPM-Solver: noise levels after Karras et al. 2022 (arXiv:2206.00364, equation 5). Default false.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>DPM-Solver: not implemented; true fails by name.</summary>
    public bool UseExponentialSigmas { get; init; }

    /// <summary>DPM-Solver: not implemented; true fails by name.</summary>
    public bool UseBetaSigmas { get; init; }

    /// <summary>DPM-Solver: not implemented; true fails by name.</summary>
    public bool UseLuLambdas { get; init; }

    /// <summary>DPM-Solver: not implemented; true fails by name.</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>DPM-Solver: not implemented; true fails by name.</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>Goes with <see cref="UseFlowSigmas"/> and has no effect without it. Default 1.</summary>
    public double FlowShift { get; init; } = 1.0;

    /// <summary>Goes with <see cref="UseDynamicShifting"/> and has no effect without it. Default <c>exponential</c>.</summary>
    public string TimeShiftType { get; init; } = "exponential";

    /// <summary>DPM-Solver: the noise level after the last step. Default zero.</summary>
    public FinalSigmasType FinalSigmasType { get; init; } = FinalSigmasType.Zero;

    /// <summary>DPM-Solver: timesteps whose half log signal-to-noise ratio is below this are left out; -5.1 suits the cosine schedule. Default minus infinity.</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>Reads scheduler_config.json.</summary>
    /// <param name="path">The file, at most 4 MiB, or the folder that holds it.</param>
    /// <exception cref="FloydException">The file is missing, is no such JSON, or holds a key or value that is not supported; the message names it.</exception>
    public static SchedulerConfig Load(string path) => Read(ConfigFile.Load(path, "scheduler_config.json", SchedulerConfigJson.QuoteInfinity));

    /// <summary>Reads the text of scheduler_config.json. Keys that start with <c>_</c> are ignored, as are those of other schedulers without effect here; Python's bare <c>-Infinity</c> is understood.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="FloydException">It is no such JSON, or holds a key or value that is not supported; the message names it.</exception>
    public static SchedulerConfig Parse(string json, string source = "scheduler_config.json")
    {
        ArgumentNullException.ThrowIfNull(json);
        return Read(ConfigFile.Parse(SchedulerConfigJson.QuoteInfinity(json), source));
    }

    /// <summary>Checks all numbers; schedulers call it before they use a config.</summary>
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A number is out of range; the message names its key.</exception>
    public void Validate(string source = "The scheduler's configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("num_train_timesteps", NumTrainTimesteps, 1, MaxTrainTimesteps);
        check.Require(BetaStart is > 0 and < 1, "beta_start", BetaStart, "a number between 0 and 1");
        check.Require(BetaEnd is > 0 and < 1, "beta_end", BetaEnd, "a number between 0 and 1");
        check.Require(BetaStart <= BetaEnd, "beta_start", BetaStart, $"at most beta_end, {BetaEnd}");
        check.Positive("clip_sample_range", ClipSampleRange);
        check.Range("dynamic_thresholding_ratio", DynamicThresholdingRatio, 0, 1);
        check.Positive("sample_max_value", SampleMaxValue);
        check.Require(StepsOffset >= 0 && StepsOffset <= NumTrainTimesteps, "steps_offset", StepsOffset, "0 to num_train_timesteps");
        check.Require(SolverOrder is >= 1 and <= 3, "solver_order", SolverOrder, "1, 2 or 3");
        check.Require(LambdaMinClipped is >= double.NegativeInfinity and < double.PositiveInfinity, "lambda_min_clipped", LambdaMinClipped, "a number or -Infinity");
        if (TrainedBetas is { } betas)
        {
            check.Require(betas.Count == NumTrainTimesteps, "number of trained_betas", betas.Count, $"num_train_timesteps, {NumTrainTimesteps}");
            foreach (var beta in betas)
                check.Require(beta is > 0 and <= 1, "trained_betas", beta, "numbers above 0, up to 1");
        }
    }

    private static SchedulerConfig Read(ConfigFile file)
    {
        file.RejectUnknownKeys(SchedulerConfigJson.Default.SchedulerConfig, _harmless);
        var config = file.Read(SchedulerConfigJson.Default.SchedulerConfig, new SchedulerConfig());
        config.Validate(file.Source);
        return config;
    }
}

using FloydSharp.IO;
using FloydSharp.Noise;
using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// DPM-Solver++ in its multistep form, deterministic or stochastic (Lu et al. 2022, arXiv:2211.01095): good images in about
/// 20 steps. Each step also uses up to two earlier predictions, so steps must be taken in order; after a run, or to leave
/// one early, set the timesteps again. Follows diffusers' scheduling_dpmsolver_multistep.py.
/// </summary>
public sealed class DPMSolverMultistepScheduler : IScheduler
{
    // Runs this long or longer keep their order to the end.
    private const int ShortRun = 15;

    private readonly GaussianDiffusion _diffusion;
    private readonly DpmSolverSchedule _schedule;
    private readonly List<Tensor> _predictions = [];
    private int[] _timesteps;
    private float[] _sigmas = [];
    private int _index = -1;

    /// <summary>Computes the noise schedule.</summary>
    /// <param name="config">The settings; class name, clip_sample and set_alpha_to_one are not used.</param>
    /// <exception cref="FloydException">A number is out of range or a setting is not implemented; the message names it.</exception>
    public DPMSolverMultistepScheduler(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Refuse(config.UseExponentialSigmas, "use_exponential_sigmas");
        Refuse(config.UseBetaSigmas, "use_beta_sigmas");
        Refuse(config.UseLuLambdas, "use_lu_lambdas");
        Refuse(config.UseFlowSigmas, "use_flow_sigmas");
        Refuse(config.UseDynamicShifting, "use_dynamic_shifting");
        Config = config;

        // This solver never clips: a predicted image is thresholded or left as it is.
        _diffusion = new(config with { ClipSample = false });
        _schedule = new(config, _diffusion.AlphasCumprod);
        _timesteps = [.. Enumerable.Range(0, config.NumTrainTimesteps).Reverse()];
    }

    /// <inheritdoc/>
    public SchedulerConfig Config { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Timesteps => _timesteps;

    /// <inheritdoc/>
    public double InitNoiseSigma => 1;

    /// <inheritdoc/>
    public bool UsesLearnedVariance => false;

    private bool Stochastic => Config.AlgorithmType == AlgorithmType.SdeDpmSolverPlusPlus;

    /// <inheritdoc/>
    public void SetTimesteps(int count) => Start(_schedule.Select(count));

    /// <inheritdoc/>
    public void SetTimesteps(IReadOnlyList<int> custom)
    {
        Refuse(Config.UseKarrasSigmas, "use_karras_sigmas together with a list of timesteps");
        Start(_schedule.Select(TimestepSpacing.CheckCustom(custom, Config.NumTrainTimesteps)));
    }

    /// <inheritdoc/>
    public Tensor ScaleModelInput(Tensor sample, int timestep)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.alias();
    }

    /// <inheritdoc/>
    public SchedulerStep Step(Tensor modelOutput, int timestep, Tensor sample, INoiseSource? noise, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(modelOutput);
        ArgumentNullException.ThrowIfNull(sample);
        using var scope = NewDisposeScope();
        var index = NextIndex(timestep);
        var (prediction, _) = GaussianDiffusion.Split(modelOutput, sample, needsVariance: false, Config.VarianceType);
        var x0 = PredictOriginal(prediction, sample, DpmSolverPoint.FromSigma(_sigmas[index]), options ?? StepOptions.Default);

        // The reference draws before it looks at the order, so the noise of a seed is the same for all orders.
        var drawn = Stochastic ? GaussianDiffusion.Draw(noise, prediction, ScalarType.Float32) : null;
        Remember(x0);
        var order = Math.Min(OrderAt(index), _predictions.Count);
        DpmSolverPoint[] points = [.. Enumerable.Range(0, order + 1).Select(back => DpmSolverPoint.FromSigma(_sigmas[index + 1 - back]))];
        var update = new DpmSolverUpdate(points, Config.SolverType, Stochastic);
        var next = update.Apply(sample.to(ScalarType.Float32), _predictions.Take(order).ToArray(), drawn); // (B, C, H, W)
        _index = index + 1;
        return new(next.to(x0.dtype).MoveToOuterDisposeScope(), x0.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The forward process at the noise levels of the present schedule (which Karras spacing moves off the training
    /// timesteps); timesteps outside the schedule have their training noise level.
    /// </summary>
    /// <inheritdoc/>
    public Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<int> timesteps)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        _diffusion.CheckTimesteps(timesteps, original);
        var points = timesteps.Select(t => DpmSolverPoint.FromSigma(SigmaOf(t))).ToArray();
        var signal = GaussianDiffusion.Column([.. points.Select(p => p.Alpha)], original); // (B or 1, 1, 1, 1)
        var level = GaussianDiffusion.Column([.. points.Select(p => p.Sigma)], original); // (B or 1, 1, 1, 1)
        return (signal * original).Plus(level * noise).MoveToOuterDisposeScope(); // (B, C, H, W)
    }

    /// <inheritdoc/>
    public SchedulerState GetState() => new(_index, [.. _predictions.Select(p => p.clone().DetachFromDisposeScope())]);

    /// <inheritdoc/>
    public void SetState(SchedulerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (position, predictions) = (state.Position, state.Predictions);
        var some = predictions.Count > 0;
        if (position < -1 || position > _timesteps.Length || predictions.Count > Config.SolverOrder || some != position > 0)
            throw new FloydException($"The scheduler's state is at step {position} with {predictions.Count} predictions, which no run of {_timesteps.Length} steps and order {Config.SolverOrder} reaches; start the run anew.");
        Dispose();
        _index = position;
        _predictions.AddRange(predictions.Select(p => p.clone().DetachFromDisposeScope()));
    }

    /// <summary>Frees the predictions kept from earlier steps; the next run starts with <see cref="SetTimesteps(int)"/>.</summary>
    public void Dispose()
    {
        foreach (var prediction in _predictions)
            prediction.Dispose();
        _predictions.Clear();
        _index = -1;
    }

    private void Start((int[] Timesteps, float[] Sigmas) schedule)
    {
        Dispose();
        (_timesteps, _sigmas) = schedule;
    }

    /// <summary>The place of this step: wherever the caller starts (image-to-image starts late), one after the other from there.</summary>
    private int NextIndex(int timestep)
    {
        if (_sigmas.Length == 0)
            throw new FloydException("The DPM-Solver scheduler has no timesteps yet: set the number of steps first.");
        var index = _index < 0 ? GaussianDiffusion.IndexOf(_timesteps, timestep) : _index;
        if (index >= _timesteps.Length)
            throw new FloydException("This DPM-Solver run has ended: set the timesteps again before the next one.");
        if (_timesteps[index] != timestep)
            throw new FloydException($"DPM-Solver steps go in order: timestep {_timesteps[index]} is next, got {timestep}. Set the timesteps again to start anew.");
        return index;
    }

    private Tensor PredictOriginal(Tensor prediction, Tensor sample, DpmSolverPoint point, StepOptions options)
    {
        using var scope = NewDisposeScope();
        var x0 = Config.PredictionType switch
        {
            PredictionType.Epsilon => (sample - prediction.Times(point.Sigma)).DividedBy(point.Alpha),
            PredictionType.Sample => prediction.alias(),
            _ => sample.Times(point.Alpha) - prediction.Times(point.Sigma),
        };
        if (options.Thresholds(Config))
            x0 = options.Threshold(x0, Config);
        return x0.MoveToOuterDisposeScope();
    }

    private int OrderAt(int index)
    {
        var left = _timesteps.Length - index;
        var lowers = Config.LowerOrderFinal && _timesteps.Length < ShortRun;
        return left switch
        {
            // Karras spacing with final_sigmas_type sigma_min ends where it already is; a higher order would divide by that step.
            1 when _sigmas[index + 1] >= _sigmas[index] => 1,
            1 when lowers || Config.EulerAtFinal || Config.FinalSigmasType == FinalSigmasType.Zero => 1,
            2 when lowers => Math.Min(Config.SolverOrder, 2),
            _ => Config.SolverOrder,
        };
    }

    /// <summary>Puts a prediction in front and lets go of what no later step uses.</summary>
    private void Remember(Tensor x0)
    {
        _predictions.Insert(0, x0.alias().DetachFromDisposeScope());
        if (_predictions.Count > Config.SolverOrder)
        {
            _predictions[^1].Dispose();
            _predictions.RemoveAt(_predictions.Count - 1);
        }
    }

    private float SigmaOf(int timestep)
    {
        var index = _sigmas.Length > 0 ? Array.IndexOf(_timesteps, timestep) : -1;
        return index >= 0 ? _sigmas[index] : _schedule.TrainSigma(timestep);
    }

    private static void Refuse(bool set, string setting)
    {
        if (set)
            throw new FloydException($"{setting} is not implemented by this DPM-Solver scheduler: use the default spacing or use_karras_sigmas.");
    }
}

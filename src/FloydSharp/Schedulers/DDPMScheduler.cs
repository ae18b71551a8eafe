using FloydSharp.Noise;
using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// Ancestral sampling (Ho, Jain and Abbeel 2020, arXiv:2006.11239) with fixed or learned variances (Nichol and Dhariwal 2021,
/// arXiv:2102.09672): the scheduler DeepFloyd IF was published with. Follows diffusers' scheduling_ddpm.py to the last bits.
/// </summary>
public sealed class DDPMScheduler : IScheduler
{
    // The posterior's variance is 0 in the last step; its logarithm has to stay finite.
    private const float MinVariance = 1e-20f;

    private readonly GaussianDiffusion _diffusion;
    private readonly VarianceType _varianceType;
    private int[] _timesteps;

    /// <summary>Computes the noise schedule.</summary>
    /// <param name="config">The settings; class name and DPM-Solver keys are not used.</param>
    /// <exception cref="IO.FloydException">A number of the config is out of range.</exception>
    public DDPMScheduler(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _diffusion = new(config);
        _varianceType = config.VarianceType ?? VarianceType.FixedSmall;
        _timesteps = [.. Enumerable.Range(0, config.NumTrainTimesteps).Reverse()];
    }

    /// <inheritdoc/>
    public SchedulerConfig Config { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Timesteps => _timesteps;

    /// <inheritdoc/>
    public double InitNoiseSigma => 1;

    /// <inheritdoc/>
    public bool UsesLearnedVariance => _varianceType is VarianceType.Learned or VarianceType.LearnedRange;

    /// <inheritdoc/>
    public void SetTimesteps(int count) =>
        _timesteps = TimestepSpacing.Select(Config.TimestepSpacing ?? TimestepSpacingKind.Leading, Config.NumTrainTimesteps, count, Config.StepsOffset);

    /// <inheritdoc/>
    public void SetTimesteps(IReadOnlyList<int> custom) => _timesteps = TimestepSpacing.CheckCustom(custom, Config.NumTrainTimesteps);

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
        var index = GaussianDiffusion.IndexOf(_timesteps, timestep);
        var alphaProd = _diffusion.AlphasCumprod[timestep];
        var alphaProdPrev = index + 1 < _timesteps.Length ? _diffusion.AlphasCumprod[_timesteps[index + 1]] : 1f;
        var currentAlpha = alphaProd / alphaProdPrev;
        var currentBeta = 1 - currentAlpha;
        var (prediction, predictedVariance) = GaussianDiffusion.Split(modelOutput, sample, UsesLearnedVariance, _varianceType);
        var x0 = _diffusion.PredictOriginal(prediction, sample, alphaProd, options ?? StepOptions.Default);

        // The posterior's mean, equation 7.
        var x0Weight = MathF.Sqrt(alphaProdPrev) * currentBeta / (1 - alphaProd);
        var sampleWeight = MathF.Sqrt(currentAlpha) * (1 - alphaProdPrev) / (1 - alphaProd);
        var prev = x0.Times(x0Weight).Plus(sample.Times(sampleWeight));         // (B, C, H, W)

        if (timestep > 0)
        {
            var posterior = MathF.Max((1 - alphaProdPrev) / (1 - alphaProd) * currentBeta, MinVariance);
            var drawn = GaussianDiffusion.Draw(noise, prediction, prediction.dtype);
            prev = prev.Plus(Scale(drawn, posterior, currentBeta, predictedVariance));
        }

        return new(prev.MoveToOuterDisposeScope(), x0.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<int> timesteps) => _diffusion.AddNoise(original, noise, timesteps);

    /// <inheritdoc/>
    public SchedulerState GetState() => SchedulerState.Nothing;

    /// <inheritdoc/>
    public void SetState(SchedulerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.RequireNothing("DDPM");
    }

    /// <summary>Does nothing: this scheduler keeps no tensors.</summary>
    public void Dispose()
    {
    }

    /// <summary>Noise times the step's standard deviation.</summary>
    private Tensor Scale(Tensor noise, float posterior, float beta, Tensor? predicted)
    {
        switch (_varianceType)
        {
            case VarianceType.FixedSmall:
                return noise.Times(MathF.Sqrt(posterior));
            case VarianceType.FixedSmallLog:
                return noise.Times(MathF.Exp(0.5f * MathF.Log(posterior)));

            // The reference takes the root of log(beta) for fixed_large_log, which is not a number; what the name says is this.
            case VarianceType.FixedLarge or VarianceType.FixedLargeLog:
                return noise.Times(MathF.Sqrt(beta));
            case VarianceType.Learned:
                return predicted!.sqrt() * noise;
            default:
                var share = predicted!.Plus(1).DividedBy(2);
                var logVariance = share.Times(MathF.Log(beta)).Plus(share.SubtractedFrom(1).Times(MathF.Log(posterior)));
                return logVariance.Times(0.5).exp() * noise;
        }
    }
}

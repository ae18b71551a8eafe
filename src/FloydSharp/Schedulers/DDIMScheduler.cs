using FloydSharp.IO;
using FloydSharp.Noise;
using static TorchSharp.torch;

namespace FloydSharp.Schedulers;

/// <summary>
/// Denoising diffusion implicit models (Song, Meng and Ermon 2020, arXiv:2010.02502): deterministic at
/// <see cref="StepOptions.Eta"/> 0, DDPM at 1; the x4 upscaler's scheduler. Follows diffusers' scheduling_ddim.py.
/// </summary>
public sealed class DDIMScheduler : IScheduler
{
    private readonly GaussianDiffusion _diffusion;
    private readonly float _finalAlphaProd;
    private int[] _timesteps;
    private int _stride = 1;
    private bool _custom;

    /// <summary>Computes the noise schedule.</summary>
    /// <param name="config">The settings; class name, variance type and DPM-Solver keys are not used.</param>
    /// <exception cref="FloydException">A number of the config is out of range.</exception>
    public DDIMScheduler(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _diffusion = new(config);
        _finalAlphaProd = config.SetAlphaToOne ? 1f : _diffusion.AlphasCumprod[0];
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

    /// <inheritdoc/>
    public void SetTimesteps(int count)
    {
        _timesteps = TimestepSpacing.Select(Config.TimestepSpacing ?? TimestepSpacingKind.Leading, Config.NumTrainTimesteps, count, Config.StepsOffset);
        _stride = Config.NumTrainTimesteps / count;
        _custom = false;
    }

    /// <summary>
    /// Each step then leads to the next timestep of the list, and the last one to the clean image, as the original IF code
    /// does it; diffusers' DDIM takes no list.
    /// </summary>
    /// <inheritdoc/>
    public void SetTimesteps(IReadOnlyList<int> custom)
    {
        _timesteps = TimestepSpacing.CheckCustom(custom, Config.NumTrainTimesteps);
        _custom = true;
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
        options ??= StepOptions.Default;
        if (options.Eta is not (>= 0 and <= 1))
            throw new FloydException($"eta is {options.Eta}, expected 0 (deterministic) to 1 (DDPM).");
        using var scope = NewDisposeScope();
        var next = GaussianDiffusion.IndexOf(_timesteps, timestep) + 1;
        var prevTimestep = !_custom ? timestep - _stride : next < _timesteps.Length ? _timesteps[next] : -1;
        var alphaProd = _diffusion.AlphasCumprod[timestep];
        var alphaProdPrev = prevTimestep >= 0 ? _diffusion.AlphasCumprod[prevTimestep] : _finalAlphaProd;
        var (signal, noiseLevel) = (MathF.Sqrt(alphaProd), MathF.Sqrt(1 - alphaProd));

        var (prediction, _) = GaussianDiffusion.Split(modelOutput, sample, needsVariance: false, Config.VarianceType);
        var x0 = _diffusion.PredictOriginal(prediction, sample, alphaProd, options);
        var epsilon = Config.PredictionType switch
        {
            _ when options.UseClippedModelOutput => (sample - x0.Times(signal)).DividedBy(noiseLevel),
            PredictionType.Epsilon => prediction,
            PredictionType.VPrediction => prediction.Times(signal).Plus(sample.Times(noiseLevel)),

            // From the model's image before clipping: clipping changes the target, not the direction.
            _ => (sample - prediction.Times(signal)).DividedBy(noiseLevel),
        };

        // Equations 12 and 16; rounding can bring the radicand a hair below 0.
        var variance = (1 - alphaProdPrev) / (1 - alphaProd) * (1 - (alphaProd / alphaProdPrev));
        var sigma = (float)options.Eta * MathF.Sqrt(variance);
        var direction = MathF.Sqrt(MathF.Max(1 - alphaProdPrev - (sigma * sigma), 0));
        var prev = x0.Times(MathF.Sqrt(alphaProdPrev)).Plus(epsilon.Times(direction)); // (B, C, H, W)
        if (options.Eta > 0)
            prev = prev.Plus(GaussianDiffusion.Draw(noise, prediction, prediction.dtype).Times(sigma));
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
        state.RequireNothing("DDIM");
    }

    /// <summary>Does nothing: this scheduler keeps no tensors.</summary>
    public void Dispose()
    {
    }
}

using FloydSharp.IO;

namespace FloydSharp.Schedulers;

/// <summary>Chooses DPM-Solver's timesteps and noise levels (sigma = sqrt((1 - alphaBar) / alphaBar)).</summary>
internal sealed class DpmSolverSchedule
{
    private const double Rho = 7.0;

    // The smallest float16 keeps the first sigma finite where the schedule ends in pure noise.
    private const float SmallestAlphaProd = 1f / (1 << 24);

    private readonly SchedulerConfig _config;
    private readonly float[] _alphasCumprod;
    private readonly float[] _trainSigmas;

    public DpmSolverSchedule(SchedulerConfig config, float[] alphasCumprod)
    {
        _config = config;
        _alphasCumprod = [.. alphasCumprod];
        if (config.RescaleBetasZeroSnr)
            _alphasCumprod[^1] = SmallestAlphaProd;
        _trainSigmas = [.. _alphasCumprod.Select(a => MathF.Sqrt((1 - a) / a))];
    }

    /// <summary>The noise level of a training timestep.</summary>
    public float TrainSigma(int timestep) => _trainSigmas[timestep];

    /// <summary>Timesteps, and their sigmas followed by the one the run ends at.</summary>
    public (int[] Timesteps, float[] Sigmas) Select(int count)
    {
        var timesteps = TimestepSpacing.SelectForSolver(
            _config.TimestepSpacing ?? TimestepSpacingKind.Linspace, _config.NumTrainTimesteps, UsedTimesteps(), count, _config.StepsOffset);
        return _config.UseKarrasSigmas ? Karras(count) : Select(timesteps);
    }

    public (int[] Timesteps, float[] Sigmas) Select(int[] timesteps)
    {
        float[] sigmas = [.. timesteps.Select(t => _trainSigmas[t]), FinalSigma];
        for (var i = 1; i < sigmas.Length; i++)
        {
            if (sigmas[i] >= sigmas[i - 1])
                throw new FloydException($"Step {i} of {timesteps.Length} would not lower the noise (timestep {timesteps[i - 1]}): ask for fewer steps, or for timesteps that end above 0 or final_sigmas_type zero.");
        }

        return (timesteps, sigmas);
    }

    private float FinalSigma => _config.FinalSigmasType == FinalSigmasType.Zero ? 0 : _trainSigmas[0];

    /// <summary>Training timesteps left by lambda_min_clipped, where lambda is the half log signal-to-noise ratio.</summary>
    private int UsedTimesteps()
    {
        var min = (float)_config.LambdaMinClipped;
        var used = _alphasCumprod.Count(a => !(MathF.Log(MathF.Sqrt(a)) - MathF.Log(MathF.Sqrt(1 - a)) < min));
        return used > 0 ? used : throw new FloydException($"lambda_min_clipped {_config.LambdaMinClipped} leaves no timesteps: expected about -5.1.");
    }

    /// <summary>Karras et al. 2022, arXiv:2206.00364, equation 5; the timesteps are those whose noise comes nearest.</summary>
    private (int[] Timesteps, float[] Sigmas) Karras(int count)
    {
        var (min, max) = (Math.Pow(_trainSigmas[0], 1 / Rho), Math.Pow(_trainSigmas[^1], 1 / Rho));
        var logs = _trainSigmas.Select(s => MathF.Log(s)).ToArray();
        var sigmas = Enumerable.Range(0, count)
            .Select(i => Math.Pow(max + ((count == 1 ? 0.0 : (double)i / (count - 1)) * (min - max)), Rho)).ToArray();
        var timesteps = sigmas.Select(sigma => TimestepOf(sigma, logs)).ToArray();
        if (_config.BetaSchedule != BetaScheduleKind.SquaredCosCapV2)
            timesteps = [.. timesteps.Select(t => Math.Round(t, MidpointRounding.ToEven))];
        return ([.. timesteps.Select(t => (int)t)], [.. sigmas.Select(s => (float)s), FinalSigma]);
    }

    private static double TimestepOf(double sigma, float[] logs)
    {
        var log = Math.Log(Math.Max(sigma, 1e-10));
        var low = Math.Clamp(logs.Count(l => l <= log) - 1, 0, Math.Max(logs.Length - 2, 0));
        var high = Math.Min(low + 1, logs.Length - 1);
        if (high == low)
            return low;
        var weight = Math.Clamp((logs[low] - log) / (logs[low] - logs[high]), 0, 1);
        return ((1 - weight) * low) + (weight * high);
    }
}

namespace FloydSharp.Schedulers;

/// <summary>
/// The noise schedule: betas and the running product of 1 - beta, one per training timestep. The values are float32 because
/// the models were trained and are sampled elsewhere with float32 tables (diffusers, schedulers/scheduling_ddpm.py);
/// only the running product is carried in double between roundings, as PyTorch's cumprod does on a CPU.
/// </summary>
public static class BetaSchedule
{
    private const double MaxBeta = 0.999;

    /// <summary>The betas of a config.</summary>
    /// <param name="config">Which schedule, how many timesteps.</param>
    /// <returns>num_train_timesteps values in (0, 1].</returns>
    /// <exception cref="IO.FloydException">A number of the config is out of range.</exception>
    public static float[] Betas(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        var count = config.NumTrainTimesteps;
        var betas = config switch
        {
            { TrainedBetas: { } trained } => [.. trained.Select(b => (float)b)],
            { BetaSchedule: BetaScheduleKind.Linear } => Linspace(config.BetaStart, config.BetaEnd, count),
            { BetaSchedule: BetaScheduleKind.ScaledLinear } =>
                [.. Linspace(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), count).Select(x => x * x)],
            { BetaSchedule: BetaScheduleKind.SquaredCosCapV2 } => Cosine(count),
            { BetaSchedule: BetaScheduleKind.Sigmoid } =>
                [.. Linspace(-6, 6, count).Select(x =>
                    (1f / (1f + MathF.Exp(-x)) * (float)(config.BetaEnd - config.BetaStart)) + (float)config.BetaStart)],
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.BetaSchedule, "No such beta schedule."),
        };
        return config.RescaleBetasZeroSnr ? RescaleZeroTerminalSnr(betas) : betas;
    }

    /// <summary>Signal power at each timestep: the product of 1 - beta up to and including it ("alpha bar").</summary>
    /// <param name="config">Which schedule, how many timesteps.</param>
    /// <returns>num_train_timesteps values in [0, 1), descending.</returns>
    /// <exception cref="IO.FloydException">A number of the config is out of range.</exception>
    public static float[] AlphasCumprod(SchedulerConfig config) => Cumprod(Betas(config));

    /// <summary>Shifts and stretches a schedule so that its last timestep is pure noise (Lin et al. 2023, arXiv:2305.08891, algorithm 1).</summary>
    internal static float[] RescaleZeroTerminalSnr(float[] betas)
    {
        var roots = Cumprod(betas).Select(MathF.Sqrt).ToArray();
        var (first, last) = (roots[0], roots[^1]);
        if (first == last)
            return betas;
        var stretch = first / (first - last);
        var products = roots.Select(r => (r - last) * stretch).Select(r => r * r).ToArray();
        return [.. products.Select((p, i) => 1f - (i == 0 ? p : p / products[i - 1]))];
    }

    private static float[] Cumprod(float[] betas)
    {
        var product = 1.0;
        return [.. betas.Select(beta => (float)(product *= 1f - beta))];
    }

    /// <summary>From both ends towards the middle, as torch.linspace goes, so that both ends are exact.</summary>
    private static float[] Linspace(double start, double end, int count)
    {
        var (first, last) = ((float)start, (float)end);
        var step = count > 1 ? (last - first) / (count - 1) : 0f;
        return [.. Enumerable.Range(0, count).Select(i => i < count / 2 || count == 1 ? first + (step * i) : last - (step * (count - 1 - i)))];
    }

    private static float[] Cosine(int count)
    {
        static double AlphaBar(double t)
        {
            var cos = Math.Cos((t + 0.008) / 1.008 * Math.PI / 2);
            return cos * cos;
        }

        return [.. Enumerable.Range(0, count).Select(i =>
            (float)Math.Min(1 - (AlphaBar((i + 1.0) / count) / AlphaBar((double)i / count)), MaxBeta))];
    }
}

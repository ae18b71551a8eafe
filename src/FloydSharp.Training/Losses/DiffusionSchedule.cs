using FloydSharp.Schedulers;
using FloydSharp.Training.Optimization;
using static TorchSharp.torch;

namespace FloydSharp.Training.Losses;

/// <summary>
/// The forward process and its posterior (Ho et al. 2020, arXiv:2006.11239, equations 4 and 7) as tables on the device, looked
/// up by a timestep per sample. Made from the same configuration as the scheduler that will run it backwards.
/// </summary>
internal sealed class DiffusionSchedule : IDisposable
{
    private const int Rows = 7;
    private readonly Tensor _table;

    /// <summary>Computes the tables in double precision.</summary>
    /// <param name="config">The scheduler's configuration.</param>
    /// <param name="device">Where losses are computed.</param>
    public DiffusionSchedule(SchedulerConfig config, Device device)
    {
        var alphaBar = BetaSchedule.AlphasCumprod(config).Select(a => (double)a).ToArray();
        Count = alphaBar.Length;
        var table = new float[Count, Rows];
        double PosteriorVariance(int t)
        {
            var beta = 1 - (alphaBar[t] / alphaBar[t - 1]);
            return beta * (1 - alphaBar[t - 1]) / (1 - alphaBar[t]);
        }

        for (var t = 0; t < Count; t++)
        {
            var before = t == 0 ? 1 : alphaBar[t - 1];
            var alpha = alphaBar[t] / before;
            var beta = 1 - alpha;
            double[] row =
            [
                Math.Sqrt(alphaBar[t]),
                Math.Sqrt(1 - alphaBar[t]),
                Math.Sqrt(before) * beta / (1 - alphaBar[t]),
                Math.Sqrt(alpha) * (1 - before) / (1 - alphaBar[t]),
                // The posterior of the first timestep has no variance; the next one's stands in for it (Nichol and Dhariwal 2021).
                Math.Log(PosteriorVariance(Math.Max(t, 1))),
                Math.Log(beta),
                alphaBar[t] / (1 - alphaBar[t]),
            ];
            for (var i = 0; i < Rows; i++)
                table[t, i] = (float)row[i];
        }

        _table = tensor(table, device: device).DetachFromDisposeScope();
    }

    /// <summary>Number of timesteps.</summary>
    public int Count { get; }

    /// <summary>
    /// Draws timesteps that are each uniform and together spread evenly over all, in an order of chance, which makes the loss
    /// less noisy than independent draws would.
    /// </summary>
    /// <param name="batch">How many.</param>
    /// <param name="random">On the schedule's device.</param>
    /// <returns>(B), int64; owned by the caller.</returns>
    public Tensor DrawTimesteps(long batch, RandomTensors random)
    {
        using var scope = NewDisposeScope();
        var shifts = random.Uniform(batch);
        var places = random.Uniform(batch).argsort();
        return places.Plus(shifts).Times(Count / (double)batch).to(ScalarType.Int64).Clamp(0, Count - 1)
            .MoveToOuterDisposeScope();                                       // (B)
    }

    /// <summary>What the tables say about each sample.</summary>
    /// <param name="timesteps">(B), int64. Not disposed.</param>
    /// <returns>Owned by the caller's dispose scope.</returns>
    public ScheduleTerms At(Tensor timesteps)
    {
        var rows = _table.index_select(0, timesteps);                         // (B, 7)
        Tensor Column(int i) => rows.narrow(1, i, 1).view(-1, 1, 1, 1);       // (B, 1, 1, 1)
        return new(Column(0), Column(1), Column(2), Column(3), Column(4), Column(5), Column(6));
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose() => _table.Dispose();
}

/// <summary>Values per sample, each (B, 1, 1, 1), float32.</summary>
/// <param name="Signal">Factor on the clean picture.</param>
/// <param name="Noise">Factor on the noise.</param>
/// <param name="PosteriorClean">Factor on the clean picture in the posterior's mean.</param>
/// <param name="PosteriorNoisy">Factor on the noisy picture in the posterior's mean.</param>
/// <param name="MinLogVariance">Logarithm of the posterior's variance, the smallest that a model may choose.</param>
/// <param name="MaxLogVariance">Logarithm of beta, the largest.</param>
/// <param name="SignalToNoise">Ratio of powers.</param>
internal sealed record ScheduleTerms(
    Tensor Signal, Tensor Noise, Tensor PosteriorClean, Tensor PosteriorNoisy, Tensor MinLogVariance, Tensor MaxLogVariance, Tensor SignalToNoise)
{
    /// <summary>The forward process.</summary>
    /// <param name="clean">(B, C, H, W) in [-1, 1]. Not disposed.</param>
    /// <param name="noise">(B, C, H, W). Not disposed.</param>
    /// <returns>(B, C, H, W).</returns>
    public Tensor AddNoise(Tensor clean, Tensor noise) => (Signal * clean).Plus(Noise * noise);
}

namespace FloydSharp.Training.Optimization;

/// <summary>A linear rise, then half a cosine down to a floor (Loshchilov and Hutter 2017, arXiv:1608.03983).</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="WarmUpSteps">Steps of the rise.</param>
/// <param name="Floor">The last rate as a part of the highest, 0 to 1.</param>
internal sealed record LearningRate(double Peak, long WarmUpSteps, double Floor)
{
    /// <summary>The rate of a step.</summary>
    /// <param name="step">Counted from 0 in this run.</param>
    /// <param name="progress">How much of the run is over, 0 to 1.</param>
    public double At(long step, double progress)
    {
        var rise = WarmUpSteps <= 0 ? 1 : Math.Min(1, (step + 1.0) / WarmUpSteps);
        var fall = Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Clamp(progress, 0, 1))));
        return Peak * rise * fall;
    }
}

namespace FloydSharp.Eval.Analysis;

/// <summary>How the analyser is taught.</summary>
internal sealed record AnalyserOptions
{
    /// <summary>Time to train; the learning rate falls to nothing over it.</summary>
    public double Minutes { get; init; } = 15;

    /// <summary>Highest learning rate.</summary>
    public double Rate { get; init; } = 2e-3;

    /// <summary>Pictures per step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Threads that draw.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Number of the first scene; see <see cref="Prompts.ReservedSeeds.OfAnalyser"/>.</summary>
    public long FirstScene { get; init; }
}

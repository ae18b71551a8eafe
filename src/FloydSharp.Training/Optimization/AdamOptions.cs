namespace FloydSharp.Training.Optimization;

/// <summary>Settings of <see cref="FlatAdamW"/>.</summary>
internal sealed record AdamOptions
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Whether matrices are stepped by <see cref="MuonDirections"/>.</summary>
    public bool UsesMuon { get; init; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of matrices and kernels, per unit of learning rate.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The gradient is shortened to this norm over all weights; 0 leaves it.</summary>
    public double MaxNorm { get; init; } = 1;

    /// <summary>Decay of the moving average in the long run; it starts low, as (1 + n) / (10 + n) after n steps.</summary>
    public double AverageDecay { get; init; } = 0.9995;
}

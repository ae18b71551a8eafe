namespace FloydSharp.Schedulers;

/// <summary>What may be chosen anew for each step; schedulers ignore what does not concern them.</summary>
public sealed record StepOptions
{
    /// <summary>The defaults: deterministic DDIM.</summary>
    public static StepOptions Default { get; } = new();

    /// <summary>Share of noise in a DDIM step: 0 (default) is deterministic, 1 is DDPM. In [0, 1] (Song et al. 2020, arXiv:2010.02502, equation 16).</summary>
    public double Eta { get; init; }

    /// <summary>Whether DDIM derives the noise anew from the clipped or thresholded image. Default false.</summary>
    public bool UseClippedModelOutput { get; init; }
}

namespace FloydSharp.Nn;

/// <summary>What all <see cref="ResnetBlock2D"/> of one model share.</summary>
public sealed record ResnetOptions
{
    /// <summary>Groups of the group norms; they divide the channels.</summary>
    public long Groups { get; init; } = 32;

    /// <summary>Added to the variance in the group norms.</summary>
    public double Eps { get; init; } = 1e-6;

    /// <summary>The activation before each convolution and, unless skipped, on the time embedding.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Whether the time embedding scales and shifts the second norm's output; if not it is added before that norm.</summary>
    public bool ScaleShift { get; init; }

    /// <summary>Whether the time embedding arrives activated already.</summary>
    public bool SkipTimeActivation { get; init; }

    /// <summary>The sum with the residual is divided by this.</summary>
    public double OutputScaleFactor { get; init; } = 1;
}

namespace FloydSharp.Cli.Output;

/// <summary>How long a phase took.</summary>
/// <param name="Stage">1 to 3; 0 for the text encoder.</param>
/// <param name="Phase">load, encode, denoise, decode or finish.</param>
/// <param name="Component">The component concerned.</param>
/// <param name="Seconds">The time.</param>
internal sealed record PhaseTiming(int Stage, string Phase, string Component, double Seconds)
{
    /// <summary>How the UNet ran while denoising: "graph", or "eager" and why; null for other phases.</summary>
    public string? Pass { get; init; }
}

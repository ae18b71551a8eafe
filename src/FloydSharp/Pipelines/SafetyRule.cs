namespace FloydSharp.Pipelines;

/// <summary>When the safety checker hits, and what becomes of the picture.</summary>
/// <param name="Threshold">A raw score of a head above it is a hit; a probability p stands for log(p / (1 - p)).</param>
/// <param name="Blur">Whether the picture is blurred beyond recognition; otherwise it becomes black.</param>
public sealed record SafetyRule(double Threshold, bool Blur)
{
    /// <summary>Diffusers' rule: raw scores above 0.5, which is a probability of 0.62, make a picture black (deepfloyd_if/safety_checker.py).</summary>
    public static SafetyRule Diffusers { get; } = new(0.5, Blur: false);

    /// <summary>The original's rule: probabilities above 0.5 blur a picture (deepfloyd_if/modules/base.py).</summary>
    public static SafetyRule DeepFloyd { get; } = new(0, Blur: true);
}

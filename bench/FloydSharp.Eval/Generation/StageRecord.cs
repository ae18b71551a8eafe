namespace FloydSharp.Eval.Generation;

/// <summary>How a stage was sampled.</summary>
/// <param name="Stage">1 to 3.</param>
/// <param name="Scheduler">The scheduler's class.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="Guidance">Guidance scale.</param>
/// <param name="NoiseLevel">Noise on the small picture, or null.</param>
/// <param name="Seconds">Seconds per picture, weights being read included.</param>
internal sealed record StageRecord(int Stage, string Scheduler, int Steps, double Guidance, int? NoiseLevel, double Seconds);

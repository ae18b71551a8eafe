namespace FloydSharp.Schedulers;

/// <summary>A noise level in the variance-preserving form: x = Alpha x_0 + Sigma noise, Lambda = log(Alpha / Sigma), in float32 as the reference has them.</summary>
internal readonly record struct DpmSolverPoint(float Alpha, float Sigma, float Lambda)
{
    /// <summary>From the ratio of noise to signal; 0 is the clean image, with an infinite Lambda.</summary>
    public static DpmSolverPoint FromSigma(float ratio)
    {
        var alpha = 1 / MathF.Sqrt((ratio * ratio) + 1);
        var sigma = ratio * alpha;
        return new(alpha, sigma, MathF.Log(alpha) - MathF.Log(sigma));
    }
}

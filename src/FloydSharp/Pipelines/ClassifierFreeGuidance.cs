using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>Classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598; Imagen, arXiv:2205.11487, equation 2).</summary>
public static class ClassifierFreeGuidance
{
    /// <summary>Guidance counts from above 1 on.</summary>
    public static bool IsOn(double guidanceScale) => guidanceScale > 1;

    /// <summary>Combines the two halves of a guided prediction.</summary>
    /// <param name="output">Model output for [negative, positive], (2B, C or 2C, H, W). Not disposed.</param>
    /// <param name="guidanceScale">w: 1 is the positive half alone.</param>
    /// <param name="sampleChannels">C; channels beyond it are the variance, taken from the positive half.</param>
    /// <returns>(B, C or 2C, H, W); owned by the caller.</returns>
    public static Tensor Combine(Tensor output, double guidanceScale, long sampleChannels)
    {
        using var scope = NewDisposeScope();
        var halves = output.chunk(2);                                         // 2 x (B, C or 2C, H, W)
        var (negative, positive) = (halves[0], halves[1]);
        var channels = output.shape[1];
        if (channels == sampleChannels)
            return negative.Plus((positive - negative).Times(guidanceScale)).MoveToOuterDisposeScope();

        var negativeNoise = negative.narrow(1, 0, sampleChannels);            // (B, C, H, W)
        var positiveNoise = positive.narrow(1, 0, sampleChannels);            // (B, C, H, W)
        var variance = positive.narrow(1, sampleChannels, channels - sampleChannels);
        var noise = negativeNoise.Plus((positiveNoise - negativeNoise).Times(guidanceScale));
        return cat([noise, variance], dim: 1).MoveToOuterDisposeScope();      // (B, 2C, H, W)
    }

    /// <summary>
    /// Combines a prediction that has a part for the style: n + w ((1 - m) p + m s - n), with n, p and s for the negative prompt,
    /// the prompt and the style (DeepFloyd IF, deepfloyd_if/modules/base.py, positive_mixer).
    /// </summary>
    /// <param name="output">Model output for [negative, prompt, style], or [prompt, style] without guidance, (3B or 2B, C or 2C, H, W). Not disposed.</param>
    /// <param name="guided">Whether the negative part is there; w is 1 without.</param>
    /// <param name="guidanceScale">w.</param>
    /// <param name="styleMix">m: 0 is the prompt alone, 1 the style alone.</param>
    /// <param name="sampleChannels">C; channels beyond it are the variance, taken from the prompt's part.</param>
    /// <returns>(B, C or 2C, H, W); owned by the caller.</returns>
    public static Tensor CombineStyle(Tensor output, bool guided, double guidanceScale, double styleMix, long sampleChannels)
    {
        using var scope = NewDisposeScope();
        var parts = output.chunk(guided ? 3 : 2);                             // each (B, C or 2C, H, W)
        var (prompt, style) = (parts[^2], parts[^1]);
        var channels = output.shape[1];
        var mixed = prompt.narrow(1, 0, sampleChannels).Times(1 - styleMix).Plus(style.narrow(1, 0, sampleChannels).Times(styleMix));
        if (guided)
        {
            var negative = parts[0].narrow(1, 0, sampleChannels);             // (B, C, H, W)
            mixed = negative.Plus((mixed - negative).Times(guidanceScale));
        }

        if (channels > sampleChannels)
            mixed = cat([mixed, prompt.narrow(1, sampleChannels, channels - sampleChannels)], dim: 1); // (B, 2C, H, W)
        return mixed.MoveToOuterDisposeScope();
    }
}

using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>
/// Gives an enlarged picture the coarse colours of the small one it was made from. The error of predicted noise hardly sees a
/// picture's mean colours, so a super resolution drifts in them (Wang et al. 2023, StableSR, arXiv:2305.07015, section 3.4,
/// corrects them in a wavelet domain; here the difference is smoothed over a few pixels of the small picture).
/// </summary>
internal static class CoarseColours
{
    /// <summary>Adds what the result lacks of the small picture's colours, leaving details as they are.</summary>
    /// <param name="result">(B, 3, H, W), around [-1, 1]. Not disposed.</param>
    /// <param name="small">(B or fewer, 3, h, w) in [-1, 1]; each serves as many results in a row. Not disposed.</param>
    /// <returns>(B, 3, H, W), float32 in [-1, 1], on the result's device; owned by the caller.</returns>
    public static Tensor Keep(Tensor result, Tensor small)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (Math.Min(small.shape[2], result.shape[2]), Math.Min(small.shape[3], result.shape[3]));
        var picture = result.to(ScalarType.Float32).Clamp(-1, 1);                                           // (B, 3, H, W)
        var wanted = small.to(ScalarType.Float32, result.device)
            .Then(s => s.repeat_interleave(result.shape[0] / s.shape[0], 0))
            .Then(s => nn.functional.adaptive_avg_pool2d(s, [height, width]));                              // (B, 3, h, w)
        var drift = (wanted - nn.functional.adaptive_avg_pool2d(picture, [height, width]))
            .Then(Smooth)
            .Then(Smooth);                                                                                  // (B, 3, h, w)
        return picture.Plus(nn.functional.interpolate(drift, [result.shape[2], result.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false))
            .Clamp(-1, 1)
            .MoveToOuterDisposeScope();                                                                     // (B, 3, H, W)
    }

    // Twice, a box of 3 is a bell of 5 with a standard deviation of 1.2 pixels.
    private static Tensor Smooth(Tensor x) => nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false);
}

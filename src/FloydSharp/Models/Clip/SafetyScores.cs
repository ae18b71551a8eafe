using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>What <see cref="IFSafetyChecker"/> says of a batch of pictures; owns its tensors.</summary>
/// <param name="ImageEmbeds">CLIP image embeddings (B, projection).</param>
/// <param name="NsfwLogits">Raw scores for content not safe for work (B, 1).</param>
/// <param name="WatermarkLogits">Raw scores for a visible watermark (B, 1).</param>
public sealed record SafetyScores(Tensor ImageEmbeds, Tensor NsfwLogits, Tensor WatermarkLogits) : IDisposable
{
    /// <summary>Which pictures are not safe for work.</summary>
    /// <param name="threshold">A raw score above it is a hit; not a probability.</param>
    /// <returns>One answer per picture.</returns>
    public bool[] Nsfw(double threshold = IFSafetyChecker.NsfwThreshold) => Above(NsfwLogits, threshold);

    /// <summary>Which pictures bear a watermark.</summary>
    /// <param name="threshold">A raw score above it is a hit; not a probability.</param>
    /// <returns>One answer per picture.</returns>
    public bool[] Watermark(double threshold = IFSafetyChecker.WatermarkThreshold) => Above(WatermarkLogits, threshold);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        ImageEmbeds.Dispose();
        NsfwLogits.Dispose();
        WatermarkLogits.Dispose();
    }

    private static bool[] Above(Tensor logits, double threshold)
    {
        using var scope = NewDisposeScope();
        return logits.detach().flatten().GreaterThan(threshold).cpu().data<bool>().ToArray();
    }
}

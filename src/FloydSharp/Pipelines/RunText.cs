using FloydSharp.Models.UNet;
using static TorchSharp.torch;

namespace FloydSharp.Pipelines;

/// <summary>The text states of one denoising run, with or without a style. Owns its tensors.</summary>
/// <param name="Text">[negative where guided, prompt, style where mixed], (B to 3B, T, D).</param>
/// <param name="Pooled">What is pooled in its place, same shape; null for the text itself.</param>
/// <param name="StyleMix">How much of the style is mixed in; null where there is no part for it.</param>
internal sealed record RunText(Tensor Text, Tensor? Pooled, double? StyleMix) : IDisposable
{
    /// <summary>Lays the parts out.</summary>
    /// <param name="embeddings">The prompts. Not disposed.</param>
    /// <param name="imagesPerPrompt">How often each prompt is repeated.</param>
    /// <param name="guided">Whether the negative part comes along.</param>
    /// <param name="options">Whether and how the style counts.</param>
    /// <param name="unet">Whose dtype and device the parts get.</param>
    /// <returns>Owned by the caller.</returns>
    public static RunText Of(PromptEmbeddings embeddings, int imagesPerPrompt, bool guided, DiffusionOptions options, UNet2DConditionModel unet)
    {
        using var scope = NewDisposeScope();
        var text = embeddings.ForRun(imagesPerPrompt, guided, unet.DType, unet.Device);         // (B or 2B, T, D)
        var (mixed, pooled) = (options.StyleMix > 0, options.PooledStyle && unet.Config.AdditionEmbedType == "text");
        if (embeddings.Style is not { } given || !(mixed || pooled))
            return new(text.MoveToOuterDisposeScope(), null, null);

        var style = given.to(unet.DType, unet.Device).repeat_interleave(imagesPerPrompt, 0);    // (B, T, D)
        Tensor[] negative = guided ? [text.narrow(0, 0, style.shape[0])] : [];
        Tensor[] last = mixed ? [style] : [];
        return new(
            mixed ? cat([text, style]).MoveToOuterDisposeScope() : text.MoveToOuterDisposeScope(),
            pooled ? cat([.. negative, style, .. last]).MoveToOuterDisposeScope() : null,
            mixed ? options.StyleMix : null);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Text.Dispose();
        Pooled?.Dispose();
    }
}

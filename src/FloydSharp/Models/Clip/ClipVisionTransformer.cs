// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPVisionTransformer.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>Patches to one vector per picture.</summary>
public sealed class ClipVisionTransformer : Layer
{
    private readonly ClipVisionEmbeddings embeddings;
    private readonly LayerNorm pre_layrnorm;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm post_layernorm;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The tower's sizes.</param>
    public ClipVisionTransformer(ClipVisionConfig config)
    {
        embeddings = Add("embeddings", new ClipVisionEmbeddings(config));
        pre_layrnorm = Add("pre_layrnorm", new LayerNorm(config.HiddenSize, config.LayerNormEps)); // spelled so in all checkpoints
        encoder = Add("encoder", new ClipEncoder(config.EncoderSizes()));
        post_layernorm = Add("post_layernorm", new LayerNorm(config.HiddenSize, config.LayerNormEps));
    }

    /// <summary>Encodes.</summary>
    /// <param name="pixelValues">(B, C, H, W), normalised, the weights' dtype. Not disposed.</param>
    /// <returns>The normalised class vector (B, D), owned by the caller.</returns>
    public Tensor forward(Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        return embeddings.forward(pixelValues)
            .Then(pre_layrnorm.forward)
            .Then(x => encoder.forward(x, null))                              // (B, 1 + patches, D)
            .Then(x => x.select(1, 0))                                        // (B, D)
            .Then(post_layernorm.forward)
            .MoveToOuterDisposeScope();
    }
}

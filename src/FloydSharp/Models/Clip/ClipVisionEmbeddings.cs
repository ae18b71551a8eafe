// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPVisionEmbeddings.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>The class vector and one vector per patch, plus position embeddings (Dosovitskiy et al. 2021, arXiv:2010.11929).</summary>
public sealed class ClipVisionEmbeddings : Layer
{
    private readonly Weight class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly Embedding position_embedding;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The tower's sizes.</param>
    public ClipVisionEmbeddings(ClipVisionConfig config)
    {
        class_embedding = AddWeight("class_embedding", config.HiddenSize);
        patch_embedding = Add("patch_embedding", new Conv2d(
            config.NumChannels, config.HiddenSize, config.PatchSize, stride: config.PatchSize, bias: false));
        position_embedding = Add("position_embedding", new Embedding(config.PatchCount + 1, config.HiddenSize));
    }

    /// <summary>Embeds.</summary>
    /// <param name="pixelValues">(B, C, H, W), normalised, the weights' dtype. Not disposed.</param>
    /// <returns>(B, 1 + patches, D), owned by the caller.</returns>
    public Tensor forward(Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        var patches = patch_embedding.forward(pixelValues).flatten(2).transpose(1, 2); // (B, patches, D)
        var first = class_embedding.Value.expand(pixelValues.shape[0], 1, -1); // (B, 1, D)
        var positions = TensorArithmetic.Range(0, patches.shape[1] + 1, ScalarType.Int64, pixelValues.device); // (1 + patches)
        return cat([first, patches], dim: 1).Plus(position_embedding.forward(positions)).MoveToOuterDisposeScope(); // (B, 1 + patches, D)
    }
}

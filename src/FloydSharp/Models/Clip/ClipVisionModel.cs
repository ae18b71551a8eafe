// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPVisionModelWithProjection.
using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>The CLIP vision tower with its projection: pictures to image embeddings (Radford et al. 2021, arXiv:2103.00020).</summary>
public sealed class ClipVisionModel : Layer, ICheckpointModel
{
    private readonly ClipVisionTransformer vision_model;
    private readonly Linear visual_projection;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="FloydException">A value of the configuration is not supported.</exception>
    public ClipVisionModel(ClipVisionConfig config)
    {
        config.Validate();
        Config = config;
        vision_model = Add("vision_model", new ClipVisionTransformer(config));
        visual_projection = Add("visual_projection", new Linear(config.HiddenSize, config.ProjectionDim, bias: false));
    }

    /// <summary>The sizes.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Stored position numbers, and the text half of a whole CLIP checkpoint, are not needed.</summary>
    public string? MapKey(string key) =>
        key.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || key.StartsWith("text_model.", StringComparison.Ordinal)
        || key is "text_projection.weight" or "logit_scale" ? null : key;

    /// <summary>Embeds.</summary>
    /// <param name="pixelValues">
    /// (B, C, H, W) of the configured size, normalised by CLIP's mean and deviation, the weights' dtype and device. Not disposed.
    /// </param>
    /// <returns>Image embeddings (B, projection), owned by the caller.</returns>
    /// <exception cref="ArgumentException">The pixels have an unsuitable shape.</exception>
    public Tensor forward(Tensor pixelValues)
    {
        if (pixelValues.dim() != 4 || pixelValues.shape[1] != Config.NumChannels
            || pixelValues.shape[2] != Config.ImageSize || pixelValues.shape[3] != Config.ImageSize)
        {
            throw new ArgumentException(
                $"Pixels are (B, {Config.NumChannels}, {Config.ImageSize}, {Config.ImageSize}), not ({string.Join(", ", pixelValues.shape)}).",
                nameof(pixelValues));
        }

        using var scope = NewDisposeScope();
        return vision_model.forward(pixelValues).Then(visual_projection.forward).MoveToOuterDisposeScope(); // (B, projection)
    }
}

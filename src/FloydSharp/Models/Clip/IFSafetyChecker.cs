// Follows diffusers (Apache-2.0), src/diffusers/pipelines/deepfloyd_if/safety_checker.py.
using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>
/// Scores finished pictures: a CLIP vision tower and two linear heads. What happens to a picture that is hit is the
/// pipeline's business.
/// </summary>
public sealed class IFSafetyChecker : Layer, ICheckpointModel
{
    /// <summary>The reference's threshold on the raw score for content not safe for work.</summary>
    public const double NsfwThreshold = 0.5;

    /// <summary>The reference's threshold on the raw score for a visible watermark.</summary>
    public const double WatermarkThreshold = 0.5;

    private readonly ClipVisionModel vision_model;
    private readonly Linear p_head;
    private readonly Linear w_head;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Sizes of the vision tower.</param>
    /// <exception cref="FloydException">A value of the configuration is not supported.</exception>
    public IFSafetyChecker(ClipVisionConfig config)
    {
        vision_model = Add("vision_model", new ClipVisionModel(config));
        p_head = Add("p_head", new Linear(config.ProjectionDim, 1));
        w_head = Add("w_head", new Linear(config.ProjectionDim, 1));
    }

    /// <summary>Sizes of the vision tower.</summary>
    public ClipVisionConfig Config => vision_model.Config;

    /// <summary>Stored position numbers, and a text half, are not needed.</summary>
    public string? MapKey(string key) => vision_model.MapKey(key);

    /// <summary>The two heads decide against a threshold and are of no size.</summary>
    public bool KeepsFloat(string name) => name is "p_head.weight" or "w_head.weight";

    /// <summary>Scores.</summary>
    /// <param name="pixelValues">
    /// (B, C, H, W) of the configured size, normalised by CLIP's mean and deviation, the weights' dtype and device. Not disposed.
    /// </param>
    /// <returns>Embeddings and scores; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The pixels have an unsuitable shape.</exception>
    public SafetyScores forward(Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        var embeds = vision_model.forward(pixelValues);                       // (B, projection)
        return new SafetyScores(
            embeds.MoveToOuterDisposeScope(),
            p_head.forward(embeds).MoveToOuterDisposeScope(),                 // (B, 1)
            w_head.forward(embeds).MoveToOuterDisposeScope());                // (B, 1)
    }
}

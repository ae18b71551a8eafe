// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPTextModel.
using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>The CLIP text encoder that conditions the x4 upscaler (Radford et al. 2021, arXiv:2103.00020).</summary>
public sealed class ClipTextModel : Layer, ICheckpointModel
{
    private const string Prefix = "text_model.";

    private readonly ClipTextTransformer text_model;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="FloydException">A value of the configuration is not supported.</exception>
    public ClipTextModel(ClipTextConfig config)
    {
        config.Validate();
        Config = config;
        text_model = Add("text_model", new ClipTextTransformer(config));
    }

    /// <summary>The sizes.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>
    /// Published checkpoints name everything under <c>text_model</c>, those of transformers 5 leave that out; stored position
    /// numbers and the projection are not needed.
    /// </summary>
    public string? MapKey(string key)
    {
        if (key.EndsWith("embeddings.position_ids", StringComparison.Ordinal) || key == "text_projection.weight")
            return null;
        return key.StartsWith(Prefix, StringComparison.Ordinal) ? key : Prefix + key;
    }

    /// <summary>Encodes.</summary>
    /// <param name="inputIds">Token ids (B, T), int64, in [0, vocabulary), T at most 77, on the weights' device. Not disposed.</param>
    /// <returns>The last hidden state after the last norm, (B, T, D), the weights' dtype; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The ids have an unsuitable shape or dtype.</exception>
    public Tensor forward(Tensor inputIds)
    {
        if (inputIds.dim() != 2 || inputIds.dtype != ScalarType.Int64 || inputIds.shape[1] > Config.MaxPositionEmbeddings)
        {
            throw new ArgumentException(
                $"Token ids are (B, T) int64 with T at most {Config.MaxPositionEmbeddings}, not ({string.Join(", ", inputIds.shape)}) {inputIds.dtype}.",
                nameof(inputIds));
        }

        return text_model.forward(inputIds);                                  // (B, T, D)
    }
}

// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPTextEmbeddings.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>Token plus position embeddings.</summary>
public sealed class ClipTextEmbeddings : Layer
{
    private readonly Embedding token_embedding;
    private readonly Embedding position_embedding;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    public ClipTextEmbeddings(ClipTextConfig config)
    {
        token_embedding = Add("token_embedding", new Embedding(config.VocabSize, config.HiddenSize));
        position_embedding = Add("position_embedding", new Embedding(config.MaxPositionEmbeddings, config.HiddenSize));
    }

    /// <summary>Embeds.</summary>
    /// <param name="inputIds">(B, T), int64, T at most the number of positions. Not disposed.</param>
    /// <returns>(B, T, D), the weights' dtype; owned by the caller.</returns>
    public Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        var positions = TensorArithmetic.Range(0, inputIds.shape[1], ScalarType.Int64, inputIds.device); // (T)
        return token_embedding.forward(inputIds).Plus(position_embedding.forward(positions)).MoveToOuterDisposeScope(); // (B, T, D)
    }
}

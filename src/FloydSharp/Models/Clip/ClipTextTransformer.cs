// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPTextTransformer.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>Embeddings, causal encoder, last norm.</summary>
public sealed class ClipTextTransformer : Layer
{
    private readonly ClipTextEmbeddings embeddings;
    private readonly ClipEncoder encoder;
    private readonly LayerNorm final_layer_norm;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="config">The encoder's sizes.</param>
    public ClipTextTransformer(ClipTextConfig config)
    {
        embeddings = Add("embeddings", new ClipTextEmbeddings(config));
        encoder = Add("encoder", new ClipEncoder(config.EncoderSizes()));
        final_layer_norm = Add("final_layer_norm", new LayerNorm(config.HiddenSize, config.LayerNormEps));
    }

    /// <summary>Encodes; a token sees itself and those before it.</summary>
    /// <param name="inputIds">(B, T), int64. Not disposed.</param>
    /// <returns>The last hidden state (B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        var hidden = embeddings.forward(inputIds);                            // (B, T, D)
        var length = inputIds.shape[1];
        var causal = TensorArithmetic.Full([length, length], double.NegativeInfinity, hidden.dtype, hidden.device).triu(1); // (T, T)
        return hidden.Then(x => encoder.forward(x, causal))
            .Then(final_layer_norm.forward)
            .MoveToOuterDisposeScope();
    }
}

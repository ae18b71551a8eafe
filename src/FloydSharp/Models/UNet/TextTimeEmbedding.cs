// Follows diffusers (Apache-2.0), src/diffusers/models/embeddings.py, TextTimeEmbedding.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet;

/// <summary>The text pooled into one vector that is added to the time embedding, so the resnets are told the text as well.</summary>
public sealed class TextTimeEmbedding : Layer
{
    private readonly LayerNorm norm1;
    private readonly AttentionPooling pool;
    private readonly Linear proj;
    private readonly LayerNorm norm2;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="textWidth">Width of the text.</param>
    /// <param name="timeWidth">Width of the time embedding.</param>
    /// <param name="heads">Heads of the pooling; divides the text's width.</param>
    public TextTimeEmbedding(long textWidth, long timeWidth, long heads)
    {
        norm1 = Add("norm1", new LayerNorm(textWidth));
        pool = Add("pool", new AttentionPooling(heads, textWidth));
        proj = Add("proj", new Linear(textWidth, timeWidth));
        norm2 = Add("norm2", new LayerNorm(timeWidth));
    }

    /// <summary>Pools the text.</summary>
    /// <param name="text">(B, T, Dtext), the weights' dtype. Not disposed.</param>
    /// <returns>(B, Dtime), owned by the caller.</returns>
    public Tensor forward(Tensor text)
    {
        using var scope = NewDisposeScope();
        return norm2.forward(proj.forward(pool.forward(norm1.forward(text)))).MoveToOuterDisposeScope(); // (B, Dtime)
    }
}

// Follows diffusers (Apache-2.0), src/diffusers/models/attention.py, BasicTransformerBlock.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Self-attention, attention to the text and a feed-forward layer, each normalised before and added after.</summary>
public sealed class BasicTransformerBlock : Layer
{
    private readonly LayerNorm norm1;
    private readonly Attention attn1;
    private readonly LayerNorm norm2;
    private readonly Attention attn2;
    private readonly LayerNorm norm3;
    private readonly FeedForward ff;
    private readonly bool _onlyText;

    /// <summary>Declares the block without allocating its weights.</summary>
    /// <param name="width">Width of the sequence.</param>
    /// <param name="heads">Number of heads; divides the width.</param>
    /// <param name="textWidth">Width of the text.</param>
    /// <param name="onlyText">Whether the first attention, too, looks at the text, so pixels do not look at each other.</param>
    public BasicTransformerBlock(long width, long heads, long textWidth, bool onlyText)
    {
        norm1 = Add("norm1", new LayerNorm(width));
        attn1 = Add("attn1", new Attention(width, onlyText ? textWidth : width, heads));
        norm2 = Add("norm2", new LayerNorm(width));
        attn2 = Add("attn2", new Attention(width, textWidth, heads));
        norm3 = Add("norm3", new LayerNorm(width));
        ff = Add("ff", new FeedForward(width));
        _onlyText = onlyText;
    }

    /// <summary>Runs the block.</summary>
    /// <param name="x">(B, S, D), the weights' dtype. Not disposed.</param>
    /// <param name="text">(B, T, Dtext). Not disposed.</param>
    /// <returns>(B, S, D), owned by the caller.</returns>
    public Tensor forward(Tensor x, TextStates text)
    {
        using var scope = NewDisposeScope();
        var first = norm1.forward(x).Then(h => _onlyText ? attn1.forward(h, text, x) : attn1.forward(h, h, x));
        var second = norm2.forward(first).Then(h => attn2.forward(h, text, first));
        first.Dispose();
        return norm3.forward(second).Then(h => ff.forward(h, second)).MoveToOuterDisposeScope();
    }
}

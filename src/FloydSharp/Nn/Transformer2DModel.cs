// Follows diffusers (Apache-2.0), src/diffusers/models/transformers/transformer_2d.py, continuous input.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Transformer blocks over the pixels of a feature map, with a residual around all of them.</summary>
public sealed class Transformer2DModel : TextAttention
{
    private const double NormEps = 1e-6;

    private readonly GroupNorm norm;
    private readonly Layer proj_in;
    private readonly LayerList<BasicTransformerBlock> transformer_blocks;
    private readonly Layer proj_out;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="channels">Channels of the feature map.</param>
    /// <param name="heads">Number of heads; divides the channels.</param>
    /// <param name="textWidth">Width of the text.</param>
    /// <param name="layers">Number of transformer blocks.</param>
    /// <param name="groups">Groups of the norm; divides the channels.</param>
    /// <param name="linearProjection">Whether the maps into and out of the blocks are stored as matrices, not as 1 x 1 convolutions.</param>
    /// <param name="onlyText">Whether the pixels do not look at each other.</param>
    public Transformer2DModel(
        long channels, long heads, long textWidth, int layers, long groups, bool linearProjection, bool onlyText)
    {
        norm = Add("norm", new GroupNorm(groups, channels, NormEps));
        proj_in = Add("proj_in", Projection());
        transformer_blocks = Add("transformer_blocks", new LayerList<BasicTransformerBlock>(
            Enumerable.Range(0, layers).Select(_ => new BasicTransformerBlock(channels, heads, textWidth, onlyText))));
        proj_out = Add("proj_out", Projection());

        Layer Projection() => linearProjection ? new Linear(channels, channels) : new Conv2d(channels, channels, 1);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, TextStates text)
    {
        using var scope = NewDisposeScope();
        var hidden = norm.forward(x);                                         // (B, C, H, W)
        hidden = proj_in is Linear map
            ? hidden.Then(ToSequence).Then(map.forward)
            : hidden.Then(((Conv2d)proj_in).forward).Then(ToSequence);        // (B, S, C)
        foreach (var block in transformer_blocks)
            hidden = hidden.Then(h => block.forward(h, text));                // (B, S, C)

        hidden = proj_out is Linear back
            ? hidden.Then(h => back.forward(h, x.flatten(2).transpose(1, 2))).Then(h => ToMap(h, x.shape))
            : hidden.Then(h => ToMap(h, x.shape)).Then(h => ((Conv2d)proj_out).forward(h, x)); // (B, C, H, W)
        return hidden.MoveToOuterDisposeScope();
    }

    private static Tensor ToSequence(Tensor map)
    {
        using var scope = NewDisposeScope();
        return map.flatten(2).transpose(1, 2).contiguous().MoveToOuterDisposeScope(); // (B, S, C)
    }

    private static Tensor ToMap(Tensor sequence, long[] shape)
    {
        using var scope = NewDisposeScope();
        return sequence.transpose(1, 2).reshape(shape).MoveToOuterDisposeScope(); // (B, C, H, W)
    }
}

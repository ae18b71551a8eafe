// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPEncoder.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>The stack of layers that text and vision share.</summary>
public sealed class ClipEncoder : Layer
{
    private readonly LayerList<ClipEncoderLayer> layers;

    /// <summary>Declares the stack without allocating its weights.</summary>
    /// <param name="sizes">Its sizes.</param>
    public ClipEncoder(ClipEncoderSizes sizes) =>
        layers = Add("layers", new LayerList<ClipEncoderLayer>(Enumerable.Range(0, sizes.Layers).Select(_ => new ClipEncoderLayer(sizes))));

    /// <summary>Runs the stack.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <param name="mask">Added to the scores, broadcast to (B, N, T, T); null for none. Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var x = hidden.alias();
        foreach (var layer in layers)
            x = x.Then(h => layer.forward(h, mask));                          // (B, T, D)
        return x.MoveToOuterDisposeScope();
    }
}

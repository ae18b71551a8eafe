// Follows diffusers (Apache-2.0), src/diffusers/models/embeddings.py, TimestepEmbedding.
using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Two linear maps with an activation between, from sines and cosines to the width that the resnets are told.</summary>
public sealed class TimestepEmbedding : Layer
{
    private readonly Linear linear_1;
    private readonly Linear linear_2;
    private readonly Activation _activation;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="inChannels">Width of the input.</param>
    /// <param name="width">Width of the output.</param>
    /// <param name="activation">The activation between the maps.</param>
    public TimestepEmbedding(long inChannels, long width, Activation activation)
    {
        linear_1 = Add("linear_1", new Linear(inChannels, width));
        linear_2 = Add("linear_2", new Linear(width, width));
        _activation = activation;
    }

    /// <summary>Embeds.</summary>
    /// <param name="x">(B, Din), the weights' dtype. Not disposed.</param>
    /// <returns>(B, D), owned by the caller.</returns>
    public Tensor forward(Tensor x) => linear_1.forward(x)
        .Then(h => _activation.Apply(h))
        .Then(linear_2.forward);                                              // (B, D)
}

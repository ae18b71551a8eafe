// Follows transformers (Apache-2.0), models/clip/modeling_clip.py, CLIPMLP.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Clip;

/// <summary>The feed-forward layer fc2(act(fc1 x)).</summary>
public sealed class ClipMlp : Layer
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly Activation _activation;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="sizes">The encoder's sizes.</param>
    public ClipMlp(ClipEncoderSizes sizes)
    {
        _activation = ActivationFunctions.Parse(sizes.HiddenAct, "hidden_act");
        fc1 = Add("fc1", new Linear(sizes.HiddenSize, sizes.IntermediateSize));
        fc2 = Add("fc2", new Linear(sizes.IntermediateSize, sizes.HiddenSize));
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="hidden">(B, T, D), the weights' dtype. Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return fc1.forward(hidden)                                            // (B, T, F)
            .Then(x => _activation.Apply(x))
            .Then(fc2.forward)                                                // (B, T, D)
            .MoveToOuterDisposeScope();
    }
}

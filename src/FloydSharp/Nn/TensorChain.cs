using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Steps of a computation of which each frees what the one before it made.</summary>
internal static class TensorChain
{
    /// <summary>
    /// Computes the next tensor and disposes this one, so a chain holds two activations at a time where a dispose scope
    /// alone would hold all of them until its end. What autograd needs it keeps itself.
    /// </summary>
    /// <param name="x">Disposed; must be the caller's own, not an argument.</param>
    /// <param name="step">Makes a new tensor of it.</param>
    public static Tensor Then(this Tensor x, Func<Tensor, Tensor> step)
    {
        using (x)
            return step(x);
    }
}

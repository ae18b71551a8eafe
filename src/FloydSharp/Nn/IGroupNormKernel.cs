using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to compute a <see cref="GroupNorm"/> with all that follows it, such as one fused kernel on a GPU.</summary>
public interface IGroupNormKernel
{
    /// <summary>Whether this way serves these features; the plain way does where it does not.</summary>
    /// <param name="x">(B, C, ...). Not disposed.</param>
    /// <param name="activation">What follows.</param>
    bool CanRun(Tensor x, Activation activation);

    /// <summary>Normalises, scales and shifts, and activates.</summary>
    /// <param name="x">(B, C, ...), the weights' dtype. Not disposed.</param>
    /// <param name="terms">What it is done with.</param>
    /// <returns>(B, C, ...), owned by the caller.</returns>
    Tensor Run(Tensor x, GroupNormTerms terms);
}

/// <summary>What a group norm is computed with.</summary>
/// <param name="Weight">Gain per channel, (C). Not disposed.</param>
/// <param name="Bias">Offset per channel, (C). Not disposed.</param>
/// <param name="Groups">Number of groups; divides C.</param>
/// <param name="Eps">Added to the variance.</param>
/// <param name="Scale">(B, C, 1, 1), for <c>x * (1 + scale) + shift</c>; null for none. Not disposed.</param>
/// <param name="Shift">(B, C, 1, 1); null for none. Not disposed.</param>
/// <param name="Activation">What follows.</param>
public sealed record GroupNormTerms(
    Tensor Weight, Tensor Bias, long Groups, double Eps, Tensor? Scale, Tensor? Shift, Activation Activation);

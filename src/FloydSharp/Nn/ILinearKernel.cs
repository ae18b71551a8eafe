using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to compute a <see cref="Linear"/> layer with what follows it.</summary>
public interface ILinearKernel
{
    /// <summary>Multiplies, if this way serves these features.</summary>
    /// <param name="x">(..., Din). Not disposed.</param>
    /// <param name="weight">(Dout, Din). Not disposed.</param>
    /// <param name="bias">(Dout); null for none. Not disposed.</param>
    /// <param name="residual">Added, (..., Dout); null for none. Not disposed.</param>
    /// <returns>(..., Dout), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual);

    /// <summary>Multiplies by a part of a layer's weight that was widened for it, if this way serves these features.</summary>
    /// <param name="x">(rows, Din). Not disposed.</param>
    /// <param name="weight">(some of Dout, Din), dense. Not disposed.</param>
    /// <param name="bias">As many; null for none. Not disposed.</param>
    /// <returns>(rows, some of Dout), owned by the caller, the same numbers as of the whole weight; null where the plain way must do it.</returns>
    Tensor? TryRun(Tensor x, Tensor weight, Tensor? bias);
}

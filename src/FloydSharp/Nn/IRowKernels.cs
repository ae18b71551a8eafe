using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Other ways for what works on the rows of a sequence.</summary>
internal interface IRowKernels
{
    /// <summary>Gates one half of each row with the activated other half, if this way serves these rows.</summary>
    /// <param name="x">(..., 2 F). Not disposed.</param>
    /// <param name="activation">On one of the halves.</param>
    /// <param name="second">Whether it is the second half that is activated.</param>
    /// <param name="dtype">Of the result.</param>
    /// <returns>(..., F), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryGate(Tensor x, Activation activation, bool second, ScalarType dtype);

    /// <summary>Gates rows with other, activated ones, if this way serves these rows.</summary>
    /// <param name="activated">(..., F). Not disposed.</param>
    /// <param name="other">(..., F). Not disposed.</param>
    /// <param name="activation">On the first.</param>
    /// <param name="dtype">Of the result.</param>
    /// <returns>(..., F), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryGate(Tensor activated, Tensor other, Activation activation, ScalarType dtype) => null;

    /// <summary>Divides each row by its root mean square and multiplies by the weight, if this way serves these rows.</summary>
    /// <param name="x">(..., D). Not disposed.</param>
    /// <param name="weight">(D). Not disposed.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <returns>(..., D), the weight's dtype, owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryRmsNorm(Tensor x, Tensor weight, double eps);

    /// <summary>Brings each row to mean 0 and variance 1, multiplies and adds, if this way serves these rows.</summary>
    /// <param name="x">(..., D). Not disposed.</param>
    /// <param name="weight">(D). Not disposed.</param>
    /// <param name="bias">(D). Not disposed.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns>(..., D), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryLayerNorm(Tensor x, Tensor weight, Tensor bias, double eps);
}

/// <summary>A layer that can work by <see cref="IRowKernels"/>.</summary>
internal interface IUsesRowKernels
{
    /// <summary>The faster way; null for the plain one. Not disposed.</summary>
    IRowKernels? RowKernels { get; set; }
}

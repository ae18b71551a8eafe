using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Products with matrices as models store them.</summary>
internal static class Product
{
    /// <summary>
    /// A linear map over the last dimension. The C++ library's own adds the bias in a pass of its own to all but lists of rows, a
    /// slow one on a GPU: here rows of all samples are one list.
    /// </summary>
    /// <param name="x">(..., Din). Not disposed.</param>
    /// <param name="matrix">(Dout, Din). Not disposed.</param>
    /// <param name="offset">(Dout); null for nothing. Not disposed.</param>
    /// <returns>(..., Dout), owned by the caller.</returns>
    public static Tensor Linear(Tensor x, Tensor matrix, Tensor? offset)
    {
        if (offset is null || x.dim() <= 2)
            return nn.functional.linear(x, matrix, offset);
        using var scope = NewDisposeScope();
        return nn.functional.linear(x.flatten(0, -2), matrix, offset)         // (rows, Dout)
            .view([.. x.shape[..^1], matrix.shape[0]]).MoveToOuterDisposeScope();
    }
}

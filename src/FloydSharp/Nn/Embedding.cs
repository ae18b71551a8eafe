using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A table of vectors looked up by number.</summary>
public sealed class Embedding : Layer
{
    private readonly Weight weight;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="count">Number of vectors.</param>
    /// <param name="width">Width of each.</param>
    public Embedding(long count, long width) => weight = AddWeight("weight", count, width);

    /// <summary>Looks up.</summary>
    /// <param name="ids">Any shape, int64, values in [0, count). Not disposed.</param>
    /// <returns>The ids' shape with D appended, the weights' dtype; owned by the caller.</returns>
    public Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var rows = weight.Value.index_select(0, ids.flatten());              // (ids, D)
        return rows.view([.. ids.shape, weight.Shape[1]]).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A table of vectors looked up by number.</summary>
public sealed class Embedding : Layer
{
    private readonly Weight weight;

    /// <summary>Declares the layer without allocating its weights.</summary>
    /// <param name="count">Number of vectors.</param>
    /// <param name="width">Width of each.</param>
    public Embedding(long count, long width) => weight = AddTable("weight", count, width);

    /// <summary>The vectors (count, D).</summary>
    internal Weight Table => weight;

    /// <summary>Looks up.</summary>
    /// <param name="ids">Any shape, int64, values in [0, count). Not disposed.</param>
    /// <returns>The ids' shape with D appended, the weights' dtype, the ids' device; owned by the caller.</returns>
    public Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        // A large table may stay in RAM or in 16 bits: a prompt needs few of its rows.
        var table = weight.Compact?.Values ?? weight.Value;
        var rows = table.index_select(0, ids.flatten().to(table.device)).to(weight.DType, ids.device); // (ids, D)
        return rows.view([.. ids.shape, weight.Shape[1]]).MoveToOuterDisposeScope();
    }
}

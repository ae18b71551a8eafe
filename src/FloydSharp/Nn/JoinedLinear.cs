using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Linear layers over the same input, such as queries, keys and values. Once joined their weights lie one below the other in one
/// tensor of which each layer's own are views, so that one product computes all and no memory is added.
/// </summary>
/// <param name="parts">The layers, in the order of their results.</param>
internal sealed class JoinedLinear(params IReadOnlyList<Linear> parts)
{
    /// <summary>The layers.</summary>
    public IReadOnlyList<Linear> Parts => parts;

    /// <summary>Whether one product computes all.</summary>
    public bool IsJoined => Joined is not null;

    private Whole? Joined => parts.Count > 0 ? parts[0].Matrix.Prepared<Whole>(this, () => null) : null;

    /// <summary>Moves the weights together; those that are compact, streamed or of several dtypes stay apart.</summary>
    /// <returns>Whether they lie together now.</returns>
    public bool TryJoin()
    {
        if (IsJoined)
            return true;
        if (parts.Count < 2 || !parts.All(p => Movable(p.Matrix) && (p.Offset is null || Movable(p.Offset))))
            return false;
        var first = parts[0];
        if (!parts.All(p => p.Matrix.Shape[1] == first.Matrix.Shape[1] && p.Matrix.DType == first.Matrix.DType
            && p.Matrix.Device.ToString() == first.Matrix.Device.ToString() && (p.Offset is null) == (first.Offset is null)))
        {
            return false;
        }

        using var noGrad = no_grad();
        var whole = new Whole(Join([.. parts.Select(p => p.Matrix)]), first.Offset is null ? null : Join([.. parts.Select(p => p.Offset!)]));
        first.Matrix.Prepared(this, () => whole);
        return true;
    }

    /// <summary>All results, by one product where the weights are joined.</summary>
    /// <param name="x">(..., Din). Not disposed.</param>
    /// <returns>(..., D) of each layer, owned by the caller; views of one tensor where they are joined.</returns>
    public IReadOnlyList<Tensor> forward(Tensor x)
    {
        using var all = TryProduct(x);                                        // (..., sum of D)
        if (all is null)
            return [.. parts.Select(p => p.forward(x))];
        var results = new List<Tensor>(parts.Count);
        var start = 0L;
        foreach (var part in parts)
        {
            var width = part.Matrix.Shape[0];
            results.Add(all.narrow(-1, start, width));                        // (..., D)
            start += width;
        }

        return results;
    }

    /// <summary>All results side by side.</summary>
    /// <param name="x">(..., Din). Not disposed.</param>
    /// <returns>(..., sum of D), owned by the caller; null where the weights are not joined.</returns>
    public Tensor? TryProduct(Tensor x) => Joined is { } whole ? nn.functional.linear(x, whole.Matrix, whole.Offset) : null;

    private static bool Movable(Weight weight) => weight is { IsFilled: true, IsStreamed: false, Compact: null };

    private static Tensor Join(IReadOnlyList<Weight> weights)
    {
        using var scope = NewDisposeScope();
        var whole = cat([.. weights.Select(w => w.Value)], dim: 0).DetachFromDisposeScope(); // (sum of D, ...)
        var start = 0L;
        foreach (var weight in weights)
        {
            var rows = weight.Shape[0];
            weight.Fill(whole.narrow(0, start, rows));
            start += rows;
        }

        return whole;
    }

    private sealed record Whole(Tensor Matrix, Tensor? Offset) : IDisposable
    {
        public void Dispose()
        {
            Matrix.Dispose();
            Offset?.Dispose();
        }
    }
}

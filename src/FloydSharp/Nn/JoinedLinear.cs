using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>
/// Linear layers over the same input, such as queries, keys and values. Once joined their weights lie one below the other in one
/// tensor of which each layer's own are views, so that one product computes all and no memory is added. Streamed weights come
/// with their unit, lie so in its slot, and are multiplied by the same one product.
/// </summary>
/// <param name="parts">The layers, in the order of their results.</param>
internal sealed class JoinedLinear(params IReadOnlyList<Linear> parts)
{
    private bool _joinsStreamed;

    /// <summary>The layers.</summary>
    public IReadOnlyList<Linear> Parts => parts;

    /// <summary>Whether one product computes all.</summary>
    public bool IsJoined => Joined is not null || (_joinsStreamed && IsStreamed && CanJoin());

    /// <summary>Whether the weights come when they are used, all at once.</summary>
    public bool IsStreamed => parts.Count > 0 && parts[0].Matrix.StreamUnit is { } unit && parts.All(p => p.Matrix.StreamUnit == unit);

    private Whole? Joined => parts.Count > 0 ? parts[0].Matrix.Prepared<Whole>(this, () => null) : null;

    /// <summary>Moves the weights together, unless they lie so; those that are compact or of several dtypes stay apart.</summary>
    /// <returns>Whether one product computes all now.</returns>
    public bool TryJoin()
    {
        if (IsJoined)
            return true;
        if (!CanJoin())
            return false;
        if (parts.Any(p => p.Matrix.IsStreamed))
            return _joinsStreamed = IsStreamed;

        using var noGrad = no_grad();
        var first = parts[0];
        var whole = new Whole(Join([.. parts.Select(p => p.Matrix)]), first.Offset is null ? null : Join([.. parts.Select(p => p.Offset!)]));
        first.Matrix.Prepared(this, () => whole);
        return true;
    }

    /// <summary>Ends the joining of streamed weights; those that lie together stay so.</summary>
    public void Part() => _joinsStreamed = false;

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
    public Tensor? TryProduct(Tensor x)
    {
        if (Joined is { } whole)
            return Product.Linear(x, whole.Matrix, whole.Offset);
        if (!IsJoined)
            return null;
        using var scope = NewDisposeScope();
        var matrix = Together([.. parts.Select(p => p.Matrix.Value)]);        // (sum of D, Din)
        var offset = parts[0].Offset is null ? null : Together([.. parts.Select(p => p.Offset!.Value)]); // (sum of D)
        return Product.Linear(x, matrix, offset).MoveToOuterDisposeScope();
    }

    // Asking a streamed weight for more would bring it in.
    private bool CanJoin()
    {
        if (parts.Count < 2 || !parts.All(p => Movable(p.Matrix) && (p.Offset is null || Movable(p.Offset))))
            return false;
        var first = parts[0];
        return parts.All(p => p.Matrix.Shape[1] == first.Matrix.Shape[1] && p.Matrix.DType == first.Matrix.DType
            && p.Matrix.Device.ToString() == first.Matrix.Device.ToString() && (p.Offset is null) == (first.Offset is null));
    }

    private static bool Movable(Weight weight) => weight is { IsFilled: true, IsKeptCompact: false };

    private static Tensor Join(IReadOnlyList<Weight> weights)
    {
        using var scope = NewDisposeScope();
        var values = weights.Select(w => w.Value).ToList();
        if (TryView(values) is { } there)
            return there.DetachFromDisposeScope();                            // (sum of D, ...)
        var whole = cat(values, dim: 0).DetachFromDisposeScope();             // (sum of D, ...)
        var start = 0L;
        foreach (var weight in weights)
        {
            var rows = weight.Shape[0];
            weight.Fill(whole.narrow(0, start, rows));
            start += rows;
        }

        return whole;
    }

    private static Tensor Together(IReadOnlyList<Tensor> values) => TryView(values) ?? cat([.. values], dim: 0);

    // One view of what lies one behind the other in the same memory; null where it does not.
    private static Tensor? TryView(IReadOnlyList<Tensor> values)
    {
        var first = values[0];
        var (address, offset, rows) = (TensorAddress.Of(first), first.storage_offset(), 0L);
        foreach (var value in values)
        {
            if (!value.is_contiguous() || TensorAddress.Of(value) != address || value.storage_offset() != offset)
                return null;
            address += (nint)(value.NumberOfElements * value.ElementSize);
            offset += value.NumberOfElements;
            rows += value.shape[0];
        }

        long[] shape = [rows, .. first.shape[1..]];
        return first.as_strided(shape, first.stride(), first.storage_offset());
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

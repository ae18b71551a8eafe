using System.Collections;

namespace FloydSharp.Nn;

/// <summary>Layers that are numbered in the checkpoint: <c>resnets.0</c>, <c>resnets.1</c>, ... A null leaves its number unused.</summary>
public sealed class LayerList<T> : Layer, IReadOnlyList<T>
    where T : Layer
{
    private readonly List<T?> _items = [];

    /// <summary>Creates the list with its layers.</summary>
    public LayerList(params IEnumerable<T?> items)
    {
        foreach (var item in items)
            Append(item);
    }

    /// <inheritdoc/>
    internal override bool RunsAtOnce => false;

    /// <summary>The number of entries, unused numbers included.</summary>
    public int Count => _items.Count;

    /// <summary>The layer with a number.</summary>
    /// <exception cref="InvalidOperationException">The number is unused.</exception>
    public T this[int index] => _items[index] ?? throw new InvalidOperationException($"There is no layer number {index} in this list.");

    /// <summary>Adds a layer under the next number.</summary>
    public void Append(T? item)
    {
        if (item is not null)
            Add(_items.Count.ToString(), item);
        _items.Add(item);
    }

    /// <summary>The layers in order, without unused numbers.</summary>
    public IEnumerator<T> GetEnumerator() => _items.OfType<T>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

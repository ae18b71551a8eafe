namespace FloydSharp.Models.UNet;

/// <summary>A number that a configuration gives once for all blocks, or once for each.</summary>
/// <typeparam name="T">The kind of value.</typeparam>
public sealed record PerBlock<T>
    where T : struct
{
    private readonly T[] _values;

    /// <summary>One value for all blocks.</summary>
    /// <param name="value">The value.</param>
    public PerBlock(T value)
    {
        _values = [value];
        IsList = false;
    }

    /// <summary>One value for each block, from the top of the UNet down.</summary>
    /// <param name="values">The values.</param>
    public PerBlock(params IEnumerable<T> values)
    {
        _values = [.. values];
        IsList = true;
    }

    /// <summary>Whether there is a value for each block.</summary>
    public bool IsList { get; }

    /// <summary>The values: one, or one for each block.</summary>
    public IReadOnlyList<T> Values => _values;

    /// <summary>The value for a block, counted from the top of the UNet.</summary>
    /// <exception cref="IndexOutOfRangeException">There is a value for each block, and fewer blocks.</exception>
    public T this[int block] => IsList ? _values[block] : _values[0];

    /// <summary>One value for all blocks.</summary>
    public static implicit operator PerBlock<T>(T value) => new(value);

    /// <summary>One value for each block.</summary>
    public static implicit operator PerBlock<T>(T[] values) => new((IEnumerable<T>)values);

    /// <summary>Whether both give the same values in the same way.</summary>
    public bool Equals(PerBlock<T>? other) =>
        other is not null && IsList == other.IsList && _values.AsSpan().SequenceEqual(other._values, EqualityComparer<T>.Default);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsList, _values.Length, _values.Length == 0 ? default : _values[0]);

    /// <summary>The value, or the values in brackets.</summary>
    public override string ToString() => IsList ? $"[{string.Join(", ", _values)}]" : _values[0].ToString() ?? "";
}

namespace FloydSharp.IO.Safetensors;

/// <summary>A tensor to be written: its description, and its bytes when the writer asks for them.</summary>
public sealed class SafetensorsTensorSource
{
    /// <summary>A tensor whose bytes are produced while writing, so that the whole model need not be in memory.</summary>
    /// <param name="name">Not empty, at most 1024 bytes of UTF-8, not <c>__metadata__</c>.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Dimensions, at most 8, each at least 0; empty for a scalar. Copied.</param>
    /// <param name="write">
    /// Called once, writes exactly <see cref="Length"/> bytes to the stream: row-major, little-endian. The stream is not kept.
    /// </param>
    public SafetensorsTensorSource(string name, SafetensorsDType dtype, IReadOnlyList<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(write);
        Name = name;
        DType = dtype;
        Shape = Array.AsReadOnly(shape.ToArray());
        Write = write;
        Length = SafetensorsDTypes.SizeOf(dtype, Shape)?.Bytes ?? throw new ArgumentException(
            $"A tensor {dtype.Name()}[{string.Join(", ", shape)}] has a negative dimension, overflows, or does not fill whole bytes.", nameof(shape));
    }

    /// <summary>A tensor whose bytes are in memory.</summary>
    /// <param name="name">Not empty, at most 1024 bytes of UTF-8, not <c>__metadata__</c>.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Dimensions, at most 8, each at least 0; empty for a scalar. Copied.</param>
    /// <param name="data">The elements: row-major, little-endian. Not copied.</param>
    public SafetensorsTensorSource(string name, SafetensorsDType dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> data)
        : this(name, dtype, shape, stream => stream.Write(data.Span))
    {
        if (data.Length != Length)
            throw new ArgumentException($"{data.Length} bytes for a tensor of {Length}.", nameof(data));
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>Dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <summary>Writes the bytes.</summary>
    public Action<Stream> Write { get; }
}

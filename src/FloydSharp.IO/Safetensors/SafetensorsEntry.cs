namespace FloydSharp.IO.Safetensors;

/// <summary>One tensor of a safetensors file: where it lies and what it holds. Row-major, little-endian, contiguous.</summary>
/// <param name="Name">The tensor's name; unique in its file, not empty, at most 1024 bytes of UTF-8.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Dimensions, at most 8, each at least 0; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the beginning of the file. Need not be aligned to the element size.</param>
/// <param name="Length">Size in bytes; 0 where a dimension is 0. May exceed 2 GB.</param>
/// <param name="ElementCount">Product of the dimensions; 1 for a scalar.</param>
public sealed record SafetensorsEntry(
    string Name,
    SafetensorsDType DType,
    IReadOnlyList<long> Shape,
    long Offset,
    long Length,
    long ElementCount)
{
    /// <summary>Name, type and shape on one line, for messages.</summary>
    public override string ToString() => $"'{PrintableText.Of(Name)}' {DType.Name()}[{string.Join(", ", Shape)}]";
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace FloydSharp.IO.Safetensors;

/// <summary>
/// The completely validated header of a safetensors file: every tensor lies inside the file, none overlaps another,
/// together they cover the data section without a hole, and every size agrees with its type and shape.
/// </summary>
/// <remarks>
/// Source: the safetensors format and its reference reader, with the stricter rules its README demands: no duplicate names or
/// fields, integers written as digits only, at most <see cref="MaxDimensions"/> dimensions, <see cref="MaxTensors"/> tensors
/// and <see cref="MaxNameBytes"/> bytes a name. White space before the opening brace is accepted.
/// </remarks>
public sealed class SafetensorsHeader
{
    /// <summary>Longest JSON header, in bytes, as in the reference.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    /// <summary>Most tensors in one file.</summary>
    public const int MaxTensors = 1_000_000;

    /// <summary>Most dimensions of one tensor.</summary>
    public const int MaxDimensions = 8;

    /// <summary>Longest tensor name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 1024;

    private readonly Dictionary<string, SafetensorsEntry> _byName;

    internal SafetensorsHeader(
        Dictionary<string, SafetensorsEntry> byName,
        IReadOnlyList<SafetensorsEntry> entries,
        IReadOnlyDictionary<string, string> metadata,
        IReadOnlyList<string> ignoredFields,
        long dataOffset,
        long fileLength)
    {
        _byName = byName;
        Entries = entries;
        Metadata = metadata;
        IgnoredFields = ignoredFields;
        DataOffset = dataOffset;
        FileLength = fileLength;
    }

    /// <summary>All tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The <c>__metadata__</c> texts; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Names of unknown fields met in tensor entries (the first few different ones): worth a warning, otherwise without effect.</summary>
    public IReadOnlyList<string> IgnoredFields { get; }

    /// <summary>Where the data section begins, counted from the beginning of the file.</summary>
    public long DataOffset { get; }

    /// <summary>Length of the whole file in bytes.</summary>
    public long FileLength { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long DataLength => FileLength - DataOffset;

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="entry">The tensor, where there is one.</param>
    /// <returns>Whether the file has a tensor of this name.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">The exact name.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public SafetensorsEntry this[string name] => TryGet(name, out var entry)
        ? entry
        : throw new KeyNotFoundException($"The file has no tensor '{PrintableText.Of(name)}'.");

    /// <summary>Reads and validates a header. Memory used grows with the header alone, never with what it claims.</summary>
    /// <param name="stream">Stands at the beginning of the file; only the header is read. Not disposed.</param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <param name="path">The file's name, for errors.</param>
    /// <returns>The header; every entry is safe to read from a file of this length.</returns>
    /// <exception cref="SafetensorsException">The file is not a safetensors file, is damaged, or breaks a rule or limit.</exception>
    public static SafetensorsHeader Parse(Stream stream, long fileLength, string path)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(path);
        var start = new byte[Math.Clamp(fileLength, 0, ForeignContent.PeekLength)];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var headerLength = HeaderLength(start, fileLength, path);

        // What was peeked at belongs to the JSON: put it in front of the rest.
        using var json = new PrefixedStream(start.AsMemory(8), stream);
        var tokens = new JsonTokens(json, headerLength, path);
        return new HeaderParser(path, 8 + headerLength, fileLength).Parse(ref tokens);
    }

    private static long HeaderLength(ReadOnlySpan<byte> start, long fileLength, string path)
    {
        if (start.Length < 8 || fileLength < 8)
        {
            throw new SafetensorsException(path, ForeignContent.Describe(start) ??
                $"the file has {fileLength} bytes, too few for a safetensors file; the download was cut short, download it again.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes || length > (ulong)(fileLength - 8))
        {
            throw new SafetensorsException(path, ForeignContent.Describe(start) ?? (length > MaxHeaderBytes
                ? $"the header would be {length} bytes long where at most {MaxHeaderBytes} are allowed; this is not a safetensors file or it is damaged, download it again."
                : $"the header of {length} bytes exceeds the file of {fileLength} bytes; the file is cut short, download it again."));
        }

        return length > 0
            ? (long)length
            : throw new SafetensorsException(path, "the header is empty where a JSON object is expected; the file is damaged, download it again.");
    }
}

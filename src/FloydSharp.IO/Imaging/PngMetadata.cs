using System.Buffers.Binary;
using System.Text;

namespace FloydSharp.IO.Imaging;

/// <summary>
/// Reads the text a PNG file carries (tEXt, zTXt, iTXt chunks): prompt, seed, settings.
/// Only chunk headers and texts are read, never the pixels. Files may be hostile: lengths, checksums and sizes are checked.
/// </summary>
public static class PngMetadata
{
    /// <summary>Most bytes of one text, packed or unpacked.</summary>
    public const int MaxTextBytes = 4 << 20;

    /// <summary>Most bytes of all texts of a file together.</summary>
    public const int MaxTotalBytes = 16 << 20;

    private const int MaxEntries = 4096;

    /// <summary>Reads all texts of a file.</summary>
    /// <param name="path">A PNG file.</param>
    /// <returns>Texts by key; where a key repeats, the last one counts.</returns>
    /// <exception cref="FloydException">The file cannot be read, is no PNG, is damaged, or carries too much text.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var file = File.OpenRead(path);
            return Read(file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FloydException($"Cannot read {path}: {e.Message}", e);
        }
    }

    /// <summary>Reads all texts from a stream that stands at the start of a PNG file.</summary>
    /// <param name="stream">Read to the file's end chunk; not disposed. Need not be seekable.</param>
    /// <param name="name">What to call the file in errors.</param>
    /// <returns>Texts by key; where a key repeats, the last one counts.</returns>
    /// <exception cref="FloydException">Not a PNG, damaged, or with too much text.</exception>
    public static Dictionary<string, string> Read(Stream stream, string name = "The image")
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> signature = stackalloc byte[8];
        if (stream.ReadAtLeast(signature, 8, throwOnEndOfStream: false) < 8 || !signature.SequenceEqual(PngWriter.Signature))
            throw new FloydException($"{name} is not a PNG file; only PNG files carry settings as text.");

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var total = 0L;
        var entries = 0;
        try
        {
            while (ReadHeader(stream, out var type, out var length) && type != "IEND")
            {
                if (type is not ("tEXt" or "zTXt" or "iTXt"))
                {
                    Skip(stream, length + 4L);
                    continue;
                }

                if (length > MaxTextBytes || ++entries > MaxEntries)
                    throw new InvalidDataException($"it has {length} bytes and is number {entries}; at most {MaxTextBytes} bytes and {MaxEntries} texts are read");
                var (key, value) = PngTextChunk.Decode(type, ReadChecked(stream, type, length), MaxTextBytes);
                total += value.Length;
                if (total > MaxTotalBytes)
                    throw new InvalidDataException($"with it the texts are larger than {MaxTotalBytes} bytes");
                texts[key] = value;
            }
        }
        catch (InvalidDataException e)
        {
            throw new FloydException($"{name} has a bad PNG text chunk: {e.Message}. Use an undamaged copy of the file.", e);
        }
        catch (EndOfStreamException e)
        {
            throw new FloydException($"{name} is cut short: it has no PNG end chunk. Use a complete copy of the file.", e);
        }

        return texts;
    }

    private static bool ReadHeader(Stream stream, out string type, out int length)
    {
        Span<byte> header = stackalloc byte[8];
        stream.ReadExactly(header);
        var raw = BinaryPrimitives.ReadUInt32BigEndian(header);
        type = Encoding.Latin1.GetString(header[4..]);
        if (raw > int.MaxValue || !type.All(char.IsAsciiLetter))
            throw new InvalidDataException($"a chunk of {raw} bytes with a type that is not four letters");
        length = (int)raw;
        return true;
    }

    private static byte[] ReadChecked(Stream stream, string type, int length)
    {
        var data = new byte[length];
        stream.ReadExactly(data);
        Span<byte> checksum = stackalloc byte[4];
        stream.ReadExactly(checksum);
        if (BinaryPrimitives.ReadUInt32BigEndian(checksum) != Crc32.Compute(Encoding.Latin1.GetBytes(type), data))
            throw new InvalidDataException("its checksum does not match");
        return data;
    }

    private static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            // Seeking beyond the end succeeds; the next read then finds the end.
            stream.Seek(count, SeekOrigin.Current);
            return;
        }

        var block = new byte[(int)Math.Min(count, 8192)];
        for (; count > 0; count -= block.Length)
            stream.ReadExactly(block.AsSpan(0, (int)Math.Min(count, block.Length)));
    }
}

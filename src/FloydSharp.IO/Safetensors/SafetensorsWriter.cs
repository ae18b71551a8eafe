using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FloydSharp.IO.Safetensors;

/// <summary>
/// Writes safetensors files tensor after tensor. The layout is that of the reference writer: wide elements first, then by
/// name, header padded with spaces to a multiple of 8, so every tensor is aligned to its element size.
/// </summary>
public static class SafetensorsWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Writes a file under a temporary name, flushes it to disk, then renames it. On any error nothing is left behind and an
    /// existing file stays as it was.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="tensors">The tensors, in any order, with different names. Their bytes are asked for one tensor at a time.</param>
    /// <param name="metadata">Texts stored as <c>__metadata__</c>, for example <c>format</c> = <c>pt</c>; null or empty for none.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="SafetensorsException">
    /// The file exists, cannot be written, names repeat or are not allowed, or a source wrote another number of bytes than it announced.
    /// </exception>
    public static void Write(
        string path,
        IEnumerable<SafetensorsTensorSource> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.CheckFree(path, overwrite, SafetensorsException.About(path));
        using var file = WriteTemporary(path, tensors, metadata, overwrite);
        file.Rename();
    }

    /// <summary>Writes everything except the last step, the renaming.</summary>
    internal static AtomicFile WriteTemporary(
        string path, IEnumerable<SafetensorsTensorSource> tensors, IReadOnlyDictionary<string, string>? metadata, bool overwrite)
    {
        SafetensorsTensorSource[] sorted = [.. tensors];
        Array.Sort(sorted, (a, b) => b.DType.CompareTo(a.DType) is var order and not 0 ? order : CompareUtf8(a.Name, b.Name));
        var header = Header(path, sorted, metadata ?? new Dictionary<string, string>());
        var file = new AtomicFile(path, overwrite, SafetensorsException.About(path));
        file.Fill(content =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            content.Write(length);
            content.Write(header);
            foreach (var tensor in sorted)
            {
                using var stream = new ExactLengthStream(content, path, tensor);
                tensor.Write(stream);
                stream.Finish();
            }
        });
        return file;
    }

    private static byte[] Header(string path, SafetensorsTensorSource[] sorted, IReadOnlyDictionary<string, string> metadata)
    {
        if (sorted.Length > SafetensorsHeader.MaxTensors)
            throw new SafetensorsException(path, $"{sorted.Length} tensors where at most {SafetensorsHeader.MaxTensors} are allowed in one file; write shards.");
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
                WriteMetadata(json, path, metadata);
            HashSet<string> names = new(StringComparer.Ordinal) { "__metadata__" };
            long position = 0;
            foreach (var tensor in sorted)
            {
                CheckTensor(path, tensor, names);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype"u8, tensor.DType.Name());
                json.WriteStartArray("shape"u8);
                foreach (var dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets"u8);
                json.WriteNumberValue(position);
                json.WriteNumberValue(position = checked(position + tensor.Length));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.Length <= SafetensorsHeader.MaxHeaderBytes
            ? buffer.ToArray()
            : throw new SafetensorsException(path, $"a header of {buffer.Length} bytes where at most {SafetensorsHeader.MaxHeaderBytes} are allowed; write shards or less metadata.");
    }

    private static void WriteMetadata(Utf8JsonWriter json, string path, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__"u8);
        foreach (var (key, value) in metadata.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (Utf8Length(key) is null || Utf8Length(value) is null)
                throw new SafetensorsException(path, $"metadata '{PrintableText.Of(key)}' is not valid Unicode; correct the text.");
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void CheckTensor(string path, SafetensorsTensorSource tensor, HashSet<string> names)
    {
        if (Utf8Length(tensor.Name) is not (> 0 and <= SafetensorsHeader.MaxNameBytes))
            throw new SafetensorsException(path, $"'{PrintableText.Of(tensor.Name)}' is no tensor name: 1 to {SafetensorsHeader.MaxNameBytes} bytes of valid Unicode are expected.");
        if (tensor.Shape.Count > SafetensorsHeader.MaxDimensions)
            throw new SafetensorsException(path, $"tensor '{PrintableText.Of(tensor.Name)}' has {tensor.Shape.Count} dimensions where at most {SafetensorsHeader.MaxDimensions} are allowed; reshape it.");
        if (!names.Add(tensor.Name))
            throw new SafetensorsException(path, $"two tensors are named '{PrintableText.Of(tensor.Name)}' or the name is reserved; give each its own.");
    }

    private static int? Utf8Length(string text)
    {
        try
        {
            return StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The reference compares bytes; UTF-16 order differs from that for characters beyond the basic plane.</summary>
    private static int CompareUtf8(string a, string b) =>
        Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}

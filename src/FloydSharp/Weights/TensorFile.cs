using FloydSharp.IO.Safetensors;
using static TorchSharp.torch;

namespace FloydSharp.Weights;

/// <summary>Single tensors in and out of safetensors files.</summary>
public static class TensorFile
{
    // Reading in pieces keeps each call within what a span can address.
    private const int PieceBytes = 256 << 20;

    /// <summary>Reads one tensor as it is stored.</summary>
    /// <returns>The entry's shape and dtype on the CPU; owned by the caller.</returns>
    public static Tensor Read(SafetensorsFile file, SafetensorsEntry entry)
    {
        using var scope = NewDisposeScope();
        var tensor = empty([.. entry.Shape], entry.ToTorch(), CPU);
        ReadInto(tensor, file, entry, 0, entry.Length);
        return tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Reads some bytes of an entry to the beginning of a contiguous tensor on the CPU.</summary>
    internal static unsafe void ReadInto(Tensor target, SafetensorsFile file, SafetensorsEntry entry, long start, long bytes)
    {
        if (bytes == 0)
            return;
        var data = (byte*)TensorMemory.Pointer(target);
        for (long offset = 0; offset < bytes; offset += PieceBytes)
            file.Read(entry, start + offset, new Span<byte>(data + offset, (int)Math.Min(PieceBytes, bytes - offset)));
    }

    /// <summary>Reads all tensors of a small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">The text kept in its header.</param>
    /// <returns>Tensors on the CPU by name; owned by the caller.</returns>
    public static IReadOnlyDictionary<string, Tensor> ReadAll(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        using var file = SafetensorsFile.Open(path);
        metadata = file.Header.Metadata;
        return file.Header.Entries.ToDictionary(e => e.Name, e => Read(file, e));
    }

    /// <summary>Writes tensors as they are to a new file, one at a time.</summary>
    /// <param name="path">The file; appears complete or not at all.</param>
    /// <param name="tensors">Any device; moved to the CPU one by one. Not disposed.</param>
    /// <param name="metadata">Text kept in the header.</param>
    /// <param name="overwrite">Whether a file that exists is replaced.</param>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool overwrite = false) =>
        SafetensorsWriter.Write(path, tensors.Select(t => Source(t.Key, t.Value)), metadata, overwrite);

    /// <summary>A tensor as something a writer can take.</summary>
    public static SafetensorsTensorSource Source(string name, Tensor tensor, ScalarType? dtype = null) =>
        new(name, (dtype ?? tensor.dtype).ToSafetensors(), tensor.shape, stream => WriteBytes(tensor, dtype ?? tensor.dtype, stream));

    private static unsafe void WriteBytes(Tensor tensor, ScalarType dtype, Stream stream)
    {
        using var scope = NewDisposeScope();
        var host = tensor.detach().to(dtype, CPU).contiguous();
        var bytes = host.NumberOfElements * host.ElementSize;
        if (bytes == 0)
            return;
        var data = (byte*)TensorMemory.Pointer(host);
        for (long offset = 0; offset < bytes; offset += PieceBytes)
            stream.Write(new ReadOnlySpan<byte>(data + offset, (int)Math.Min(PieceBytes, bytes - offset)));
    }
}

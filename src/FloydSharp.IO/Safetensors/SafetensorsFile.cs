using Microsoft.Win32.SafeHandles;

namespace FloydSharp.IO.Safetensors;

/// <summary>
/// An open, validated safetensors file. Reads are positional and may run on several threads at once.
/// Holds a file handle, shared with other readers, until disposed; holds no tensor data.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _lastWrite;

    private SafetensorsFile(string path, FileStream stream)
    {
        Path = path;
        _stream = stream;
        _handle = stream.SafeFileHandle;
        _lastWrite = File.GetLastWriteTimeUtc(_handle);
        Header = SafetensorsHeader.Parse(stream, RandomAccess.GetLength(_handle), path);
        CheckUnchanged();
    }

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>Names, types, shapes and places of all tensors.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file and validates its header completely.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="SafetensorsException">The file cannot be opened, or is not a valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var file = new SafetensorsFile(path, stream);
            stream = null;
            return file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SafetensorsException(path, "there is no such file; check the path or download it.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or NotSupportedException)
        {
            throw new SafetensorsException(path, $"cannot be read ({e.GetType().Name}); check that it is a file, that you may read it, and that no program is writing it.", e);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <param name="entry">A tensor of this file's <see cref="Header"/>.</param>
    /// <param name="destination">Exactly <see cref="SafetensorsEntry.Length"/> bytes.</param>
    /// <exception cref="SafetensorsException">The file changed since it was opened, or a BOOL tensor holds other bytes than 0 and 1.</exception>
    public void Read(SafetensorsEntry entry, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (destination.Length != entry.Length)
            throw new ArgumentException($"{destination.Length} bytes for a tensor of {entry.Length}.", nameof(destination));
        Read(entry, 0, destination);
    }

    /// <summary>Reads a piece of a tensor; tensors above 2 GB are read in pieces.</summary>
    /// <param name="entry">A tensor of this file's <see cref="Header"/>.</param>
    /// <param name="offsetInTensor">First byte of the piece, counted from the tensor's first byte.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="SafetensorsException">The file changed since it was opened, or a BOOL tensor holds other bytes than 0 and 1.</exception>
    public void Read(SafetensorsEntry entry, long offsetInTensor, Span<byte> destination)
    {
        CheckOwn(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(offsetInTensor);
        if (offsetInTensor > entry.Length - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(offsetInTensor), $"{destination.Length} bytes at {offsetInTensor} leave the tensor of {entry.Length} bytes.");

        var rest = destination;
        var position = entry.Offset + offsetInTensor;
        while (!rest.IsEmpty)
        {
            var count = ReadSome(rest, position);
            if (count == 0)
                throw Changed();
            rest = rest[count..];
            position += count;
        }

        // After reading: a change during the read must not go unnoticed.
        CheckUnchanged();
        if (entry.DType == SafetensorsDType.BOOL)
            CheckBooleans(Path, entry, destination);
    }

    /// <summary>Compares the file's length and time of last writing with those at opening.</summary>
    /// <exception cref="SafetensorsException">They differ.</exception>
    public void CheckUnchanged()
    {
        if (RandomAccess.GetLength(_handle) != Header.FileLength || File.GetLastWriteTimeUtc(_handle) != _lastWrite)
            throw Changed();
    }

    /// <summary>Maps the file into memory. See <see cref="MappedFile"/> for what is safe.</summary>
    /// <returns>The mapping with one reference, the caller's; it outlives this object.</returns>
    /// <exception cref="SafetensorsException">The file changed since it was opened or cannot be mapped.</exception>
    public MappedFile Map()
    {
        CheckUnchanged();
        MappedFile mapped;
        try
        {
            mapped = new MappedFile(Path, Header, _stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or OutOfMemoryException)
        {
            throw new SafetensorsException(Path, $"cannot be mapped into memory ({e.GetType().Name}); load without mapping.", e);
        }

        try
        {
            CheckUnchanged();
        }
        catch
        {
            mapped.Release();
            throw;
        }

        return mapped;
    }

    /// <summary>Closes the file. Mappings made from it stay valid.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>torch leaves booleans other than 0 and 1 undefined, so such a file is refused.</summary>
    internal static void CheckBooleans(string path, SafetensorsEntry entry, ReadOnlySpan<byte> bytes)
    {
        if (bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw new SafetensorsException(path, $"tensor {entry} holds bytes other than 0 and 1; the file is damaged or was written by a faulty program, get it again from its source.");
    }

    private int ReadSome(Span<byte> destination, long position)
    {
        try
        {
            return RandomAccess.Read(_handle, destination, position);
        }
        catch (IOException e)
        {
            throw new SafetensorsException(Path, "reading failed; check the disk or the network drive.", e);
        }
    }

    private void CheckOwn(SafetensorsEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!Header.TryGet(entry.Name, out var own) || !ReferenceEquals(own, entry))
            throw new ArgumentException($"Tensor {entry} does not belong to {Path}.", nameof(entry));
    }

    private SafetensorsException Changed() =>
        new(Path, "the file changed while it was in use; wait until no program writes it and open it again.");
}

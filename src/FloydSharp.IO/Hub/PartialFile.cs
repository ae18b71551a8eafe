using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace FloydSharp.IO.Hub;

/// <summary>
/// A file on its way, under a name that no other client uses, so that it can be continued after any end of the process. Bytes go
/// to their own places and beginning anew takes a new file, so that even two processes that write at once do each other no harm.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int Buffer = 1 << 20;

    private readonly string _path;
    private readonly HubFile _file;
    private SafeFileHandle _handle;
    private ContentHash _hash;

    /// <summary>Opens what is there, or begins.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="file">What it becomes.</param>
    public PartialFile(string path, HubFile file)
    {
        (_path, _file) = (path, file);
        (_handle, _hash) = (Open(), new(file));
        Left = RandomAccess.GetLength(_handle);
        if (Left > file.Size)
            Restart();
    }

    /// <summary>Bytes of an earlier run that <see cref="ReadLeftAsync"/> has not read yet.</summary>
    public long Left { get; private set; }

    /// <summary>Bytes that are there and part of the hash.</summary>
    public long Length { get; private set; }

    /// <summary>Reads what an earlier run left, for the hash.</summary>
    public async Task ReadLeftAsync(CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            while (Left > 0)
            {
                var count = await RandomAccess.ReadAsync(_handle, buffer.AsMemory(0, (int)Math.Min(Buffer, Left)), Length, cancellation).ConfigureAwait(false);
                if (count == 0)
                    break;
                _hash.Append(buffer.AsSpan(0, count));
                (Left, Length) = (Left - count, Length + count);
            }

            Left = 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the next bytes.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await RandomAccess.WriteAsync(_handle, bytes, Length, cancellation).ConfigureAwait(false);
        _hash.Append(bytes.Span);
        Length += bytes.Length;
    }

    /// <summary>Begins anew.</summary>
    public void Restart()
    {
        Dispose();
        File.Delete(_path);
        (_handle, _hash) = (Open(), new(_file));
        (Left, Length) = (0, 0);
    }

    /// <summary>Brings all bytes to the disk and closes the file.</summary>
    /// <returns>Their hash.</returns>
    public string Complete()
    {
        RandomAccess.FlushToDisk(_handle);
        var hash = _hash.Finish();
        Dispose();
        return hash;
    }

    public void Dispose()
    {
        _handle.Dispose();
        _hash.Dispose();
    }

    private SafeFileHandle Open() => File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
}

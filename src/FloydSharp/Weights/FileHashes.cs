using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FloydSharp.IO;

namespace FloydSharp.Weights;

/// <summary>
/// SHA-256 of files. A file is read once: its hash is remembered by path, size and time of change, for this object and, where the
/// file is large and there is a cache folder, for later processes too. What the cache folder says is trusted like any cache there.
/// </summary>
public sealed class FileHashes
{
    /// <summary>Files below this many bytes are read again in each process; that is quicker than it matters.</summary>
    public const long RememberedBytes = 32 << 20;

    private const int BufferBytes = 4 << 20;
    private const int HexLength = 64;

    // A file that changed this recently could change again within the resolution of its time.
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly Lazy<string?> _cacheFolder;
    private readonly long _remembered;
    private int _filesRead;

    /// <summary>Makes an object that knows nothing yet.</summary>
    /// <param name="cacheFolder">Gives the folder for the hashes of large files when it is first needed; null, also as its result, for none.</param>
    /// <param name="rememberedBytes">The size from which files count as large.</param>
    public FileHashes(Func<string?>? cacheFolder = null, long rememberedBytes = RememberedBytes)
    {
        _cacheFolder = new(cacheFolder ?? (() => null));
        _remembered = rememberedBytes;
    }

    /// <summary>How many files were read to their end so far.</summary>
    public int FilesRead => _filesRead;

    /// <summary>The hash of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="FloydException">The file cannot be read, or changes meanwhile.</exception>
    public string Of(string path, CancellationToken cancellation = default)
    {
        try
        {
            path = Path.GetFullPath(path);
            var key = KeyOf(path, out var changed, out var length);
            if (_known.TryGetValue(key, out var known))
                return known;
            var place = length >= _remembered ? PlaceOf(key) : null;
            if (place is null || Remembered(place) is not { } hash)
            {
                hash = Read(path, cancellation);
                if (KeyOf(path, out _, out _) != key)
                    throw new FloydException($"{path} was changed while it was read; run again when it is complete.");
                if (TimeProvider.System.GetUtcNow() - changed < _settled)
                    return hash;
                if (place is not null)
                    Remember(place, hash);
            }

            _known[key] = hash;
            return hash;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FloydException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); check the file and its permissions.", e);
        }
    }

    /// <summary>Whether a file's hash takes no time: the file is small, or its hash is remembered.</summary>
    /// <param name="path">The file.</param>
    public bool IsQuick(string path)
    {
        try
        {
            var key = KeyOf(Path.GetFullPath(path), out _, out var length);
            return length < _remembered || _known.ContainsKey(key) || (PlaceOf(key) is { } place && Remembered(place) is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string KeyOf(string path, out DateTimeOffset changed, out long length)
    {
        // What a link leads to counts: its own size and time say nothing.
        var file = new FileInfo(path);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        (changed, length) = (file.LastWriteTimeUtc, file.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{file.FullName}\n{length}\n{changed.UtcTicks}");
    }

    private string? PlaceOf(string key) => _cacheFolder.Value is { } folder
        ? Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".sha256")
        : null;

    private static string? Remembered(string place)
    {
        if (!File.Exists(place) || new FileInfo(place).Length != HexLength)
            return null;
        var text = File.ReadAllText(place);
        return text.Length == HexLength && text.All(char.IsAsciiHexDigitLower) ? text : null;
    }

    private static void Remember(string place, string hash)
    {
        try
        {
            AtomicFile.Write(place, Encoding.ASCII.GetBytes(hash), overwrite: true);
        }
        catch (FloydException)
        {
            // A cache that cannot be written costs time, nothing else.
        }
    }

    private string Read(string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = file.Read(buffer)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Interlocked.Increment(ref _filesRead);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

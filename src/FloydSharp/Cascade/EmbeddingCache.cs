using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FloydSharp.IO;
using FloydSharp.IO.Tokenizers;
using FloydSharp.Native;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Cascade;

/// <summary>
/// Encoded texts on disk, so that a prompt that comes again needs no text encoder: one small file per text and encoder, named by
/// hashes of what decides its content (no prompt can be read from it). The least recently used ones go when there are too many;
/// the empty text of each encoder stays.
/// </summary>
public sealed class EmbeddingCache
{
    /// <summary>How much is kept, unless one says otherwise: about 400 prompts of T5 XXL in float32.</summary>
    public const long DefaultMaxBytes = 512 << 20;

    private const string Empty = "empty-", Extension = ".safetensors", States = "states", Key = "key";

    private readonly string _folder;
    private readonly long _maxBytes;

    /// <summary>Takes a folder, which is made when something is kept.</summary>
    /// <param name="folder">Whose files belong to the cache.</param>
    /// <param name="maxBytes">How much is kept.</param>
    public EmbeddingCache(string folder, long maxBytes = DefaultMaxBytes) => (_folder, _maxBytes) = (folder, maxBytes);

    /// <summary>The folder that programs share: <c>embeddings</c> in FloydSharp's cache; null where none can be written.</summary>
    public static string? DefaultFolder
    {
        get
        {
            try
            {
                return CacheFolders.Writable("embeddings");
            }
            catch (NativeLibraryException)
            {
                return null;
            }
        }
    }

    /// <summary>Reads an encoded text.</summary>
    /// <param name="encoder">What decides the encoder's results, such as the hash of its files and its dtype.</param>
    /// <param name="tokens">The text's tokens.</param>
    /// <returns>(T, D), owned by the caller; null where it is not there. A damaged file is deleted.</returns>
    public Tensor? Read(string encoder, TokenizedText tokens)
    {
        var (path, key) = PlaceOf(encoder, tokens);
        if (!File.Exists(path))
            return null;
        try
        {
            using var scope = NewDisposeScope();
            var tensors = TensorFile.ReadAll(path, out var metadata);
            if (metadata.GetValueOrDefault(Key) != key || !tensors.TryGetValue(States, out var states) || states.dim() != 2 || states.shape[0] != tokens.Ids.Length || !states.dtype.IsFloating())
                throw new FloydException($"{path} holds something else.");
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
            return states.MoveToOuterDisposeScope();
        }
        catch (Exception e) when (e is FloydException or IOException or UnauthorizedAccessException)
        {
            TryDelete(path);
            return null;
        }
    }

    /// <summary>Keeps an encoded text; a cache that cannot be written costs time, nothing else.</summary>
    /// <param name="encoder">What decides the encoder's results.</param>
    /// <param name="tokens">The text's tokens.</param>
    /// <param name="states">(T, D), any device. Not disposed.</param>
    public void Write(string encoder, TokenizedText tokens, Tensor states)
    {
        try
        {
            var (path, key) = PlaceOf(encoder, tokens);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            TensorFile.Write(path, [new(States, states)], new Dictionary<string, string> { [Key] = key }, overwrite: true);
            MakeRoom();
        }
        catch (Exception e) when (e is FloydException or IOException or UnauthorizedAccessException)
        {
            // The next run encodes it again.
        }
    }

    private (string Path, string Key) PlaceOf(string encoder, TokenizedText tokens)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(encoder + "\0"));
        var group = Convert.ToHexStringLower(hash.GetCurrentHash());
        hash.AppendData(MemoryMarshal.AsBytes(tokens.Ids.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(tokens.Mask.AsSpan()));
        var key = Convert.ToHexStringLower(hash.GetCurrentHash());
        var name = string.Create(CultureInfo.InvariantCulture, $"{(tokens.Mask.Sum() <= 1 ? Empty : "")}{key}{Extension}");
        return (Path.Combine(_folder, group[..16], name), key);
    }

    private void MakeRoom()
    {
        var files = new DirectoryInfo(_folder).EnumerateFiles("*" + Extension, SearchOption.AllDirectories)
            .Where(f => !f.Name.StartsWith(Empty, StringComparison.Ordinal))
            .OrderByDescending(f => f.LastWriteTimeUtc);
        long bytes = 0;
        foreach (var file in files)
        {
            if ((bytes += file.Length) > _maxBytes)
                TryDelete(file.FullName);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is looked at again next time.
        }
    }
}

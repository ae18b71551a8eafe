using System.Text.Json;

namespace FloydSharp.IO.Safetensors;

/// <summary>The index of a sharded set: which shard holds which tensor. Shards are plain file names beside the index.</summary>
public sealed class ShardIndex
{
    /// <summary>Longest index file, in bytes.</summary>
    public const long MaxIndexBytes = 100_000_000;

    private const int MaxShards = 10_000;

    private ShardIndex(string path, IReadOnlyDictionary<string, string> weightMap, IReadOnlyList<string> shards, long? totalSize)
    {
        Path = path;
        WeightMap = weightMap;
        Shards = shards;
        TotalSize = totalSize;
    }

    /// <summary>The index file.</summary>
    public string Path { get; }

    /// <summary>Tensor name to shard file name.</summary>
    public IReadOnlyDictionary<string, string> WeightMap { get; }

    /// <summary>The shard file names, each once, in ordinal order.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary>
    /// Bytes of all tensors as the writer counted them, or null where it did not say. Informative: some writers count tied tensors twice.
    /// </summary>
    public long? TotalSize { get; }

    /// <summary>Reads an index file.</summary>
    /// <param name="path">The index, for example <c>model.safetensors.index.json</c>.</param>
    /// <exception cref="SafetensorsException">The file cannot be read, is not an index, or names a shard that is not a plain file name.</exception>
    public static ShardIndex Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Parse(stream, stream.Length, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SafetensorsException(path, "there is no such index; check the path or download it.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new SafetensorsException(path, $"cannot be read ({e.GetType().Name}); check that it is a file and that you may read it.", e);
        }
    }

    /// <summary>Reads an index from a stream.</summary>
    /// <param name="stream">Stands at the beginning of the JSON. Not disposed.</param>
    /// <param name="length">Bytes of JSON.</param>
    /// <param name="path">The index file's name, for errors.</param>
    /// <exception cref="SafetensorsException">Not an index, or it names a shard that is not a plain file name.</exception>
    public static ShardIndex Parse(Stream stream, long length, string path)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(path);
        if (length is <= 0 or > MaxIndexBytes)
            throw new SafetensorsException(path, $"the index has {length} bytes where 1 to {MaxIndexBytes} are expected; download it again.");

        var tokens = new JsonTokens(stream, length, path);
        if (!tokens.Next() || tokens.Type != JsonTokenType.StartObject)
            throw tokens.Error("the index is not a JSON object; download it again.");
        Dictionary<string, string>? map = null;
        long? totalSize = null;
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            var name = tokens.Text(SafetensorsHeader.MaxNameBytes);
            if (!seen.Add(name) || seen.Count > 100)
                throw tokens.Error($"the index has '{PrintableText.Of(name)}' twice or too many fields; it is not trustworthy.");
            tokens.Next();
            if (name == "weight_map")
                map = ReadMap(ref tokens);
            else if (name == "metadata" && tokens.Type == JsonTokenType.StartObject)
                totalSize = ReadTotalSize(ref tokens);
            else
                tokens.Skip();
        }

        while (tokens.Next())
        {
        }

        if (map is null)
            throw tokens.Error("the index has no 'weight_map'; it is not the index of a sharded set, download it again.");
        string[] shards = [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new ShardIndex(path, map.AsReadOnly(), Array.AsReadOnly(shards), totalSize);
    }

    private static Dictionary<string, string> ReadMap(ref JsonTokens tokens)
    {
        if (tokens.Type != JsonTokenType.StartObject)
            throw tokens.Error("'weight_map' is not an object of tensor names and file names; download the index again.");
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        Dictionary<string, string> shards = new(StringComparer.Ordinal);
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            var name = tokens.Text(SafetensorsHeader.MaxNameBytes);
            tokens.Next();
            if (tokens.Type != JsonTokenType.String)
                throw tokens.Error($"'weight_map' names no file for '{PrintableText.Of(name)}'; download the index again.");
            var shard = tokens.Text(SafetensorsHeader.MaxNameBytes);
            if (!shards.TryGetValue(shard, out var known))
            {
                CheckShardName(ref tokens, shard);
                shards.Add(shard, known = shard);
                if (shards.Count > MaxShards)
                    throw tokens.Error($"'weight_map' names more than {MaxShards} files; it is not trustworthy.");
            }

            if (name.Length == 0 || !map.TryAdd(name, known))
                throw tokens.Error($"'weight_map' has '{PrintableText.Of(name)}' twice or empty; the index is not trustworthy.");
            if (map.Count > SafetensorsHeader.MaxTensors)
                throw tokens.Error($"'weight_map' has more than {SafetensorsHeader.MaxTensors} tensors; it is not trustworthy.");
        }

        return map;
    }

    private static void CheckShardName(ref JsonTokens tokens, string shard)
    {
        if (!FileNames.IsPlain(shard))
            throw tokens.Error($"names the shard '{PrintableText.Of(shard)}' where only a plain file name in the same folder is allowed; the index is not trustworthy.");
        if (FileNames.IsPickle(shard))
            throw tokens.Error($"names the shard '{PrintableText.Of(shard)}'; {ForeignContent.PickleAdvice}");
        if (!shard.EndsWith(FileNames.Extension, StringComparison.Ordinal))
            throw tokens.Error($"names the shard '{PrintableText.Of(shard)}' where a {FileNames.Extension} file is expected; get the index again from its source.");
    }

    private static long? ReadTotalSize(ref JsonTokens tokens)
    {
        long? size = null;
        while (tokens.Next() && tokens.Type == JsonTokenType.PropertyName)
        {
            var isSize = tokens.TextIs("total_size"u8);
            if (!isSize)
                tokens.Text();
            tokens.Next();
            if (isSize)
                size = tokens.Integer();
            tokens.Skip();
        }

        return size;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace FloydSharp.IO.Safetensors;

/// <summary>The weights of one model, from a single file or a sharded set, looked up by tensor name. Owns its open files.</summary>
public sealed class WeightSet : IDisposable
{
    /// <summary>Base names tried in this order where none are given: diffusers' models, transformers' models, older files.</summary>
    public static IReadOnlyList<string> DefaultBaseNames { get; } = ["diffusion_pytorch_model", "model", "pytorch_model"];

    private readonly Dictionary<string, WeightLocation> _byName;

    private WeightSet(string path, List<SafetensorsFile> files)
    {
        Path = path;
        Files = files.AsReadOnly();
        List<WeightLocation> entries = [.. files.SelectMany(f => f.Header.Entries.Select(e => new WeightLocation(f, e)))];
        Entries = entries.AsReadOnly();
        TotalBytes = files.Sum(f => f.Header.DataLength);
        _byName = new(entries.Count, StringComparer.Ordinal);
        foreach (var location in entries)
        {
            if (!_byName.TryAdd(location.Entry.Name, location))
                throw new SafetensorsException(path, $"tensor '{PrintableText.Of(location.Entry.Name)}' is in two shards; the set is not trustworthy, get it again from its source.");
        }
    }

    /// <summary>The single file, or the index of the sharded set.</summary>
    public string Path { get; }

    /// <summary>The open files: one, or the shards in ordinal order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <summary>All tensors, file after file, in the order of their data.</summary>
    public IReadOnlyList<WeightLocation> Entries { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long TotalBytes { get; }

    /// <summary>Finds and opens the weights of a model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="baseNames">File names without endings, the preferred first; <see cref="DefaultBaseNames"/> where null.</param>
    /// <param name="variant">For example <c>fp16</c>; null or empty for the files without a variant.</param>
    /// <returns>The open set; the caller disposes it.</returns>
    /// <exception cref="SafetensorsException">
    /// The variant is not there (the message lists those that are), only pickle files are there, or a file is missing or not valid.
    /// </exception>
    public static WeightSet Open(string folder, IReadOnlyList<string>? baseNames = null, string? variant = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return OpenFile(WeightFiles.Find(folder, baseNames ?? DefaultBaseNames, variant ?? ""));
    }

    /// <summary>Opens a single safetensors file, or a sharded set by its index (a name ending in <c>.json</c>).</summary>
    /// <param name="path">The file or index.</param>
    /// <returns>The open set; the caller disposes it.</returns>
    /// <exception cref="SafetensorsException">A file is missing, not valid, or does not agree with the index.</exception>
    public static WeightSet OpenFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (FileNames.IsPickle(path))
            throw new SafetensorsException(path, ForeignContent.PickleAdvice);
        List<SafetensorsFile> files = [];
        try
        {
            if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
                OpenShards(ShardIndex.Open(path), files);
            else
                files.Add(SafetensorsFile.Open(path));
            return new WeightSet(path, files);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>Variants a folder has, in ordinal order; "" stands for the files without a variant.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="baseNames">File names without endings; <see cref="DefaultBaseNames"/> where null.</param>
    /// <exception cref="SafetensorsException">The folder cannot be listed.</exception>
    public static IReadOnlyList<string> Variants(string folder, IReadOnlyList<string>? baseNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return WeightFiles.Variants(WeightFiles.List(folder), baseNames ?? DefaultBaseNames);
    }

    /// <summary>The place of a tensor.</summary>
    /// <param name="name">The exact name.</param>
    /// <param name="location">File and entry, where there is such a tensor.</param>
    /// <returns>Whether the set has a tensor of this name.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out WeightLocation location) => _byName.TryGetValue(name, out location);

    /// <summary>The place of a tensor.</summary>
    /// <param name="name">The exact name.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public WeightLocation this[string name] => TryGet(name, out var location)
        ? location
        : throw new KeyNotFoundException($"{Path} has no tensor '{PrintableText.Of(name)}'.");

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (var file in Files)
            file.Dispose();
    }

    private static void OpenShards(ShardIndex index, List<SafetensorsFile> files)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(index.Path))!;
        var there = WeightFiles.List(folder);
        foreach (var shard in index.Shards)
        {
            if (!there.Contains(shard))
                throw new SafetensorsException(index.Path, $"the shard '{PrintableText.Of(shard)}' is missing beside the index ({index.Shards.Count} shards are expected, letter case matters); download it.");
            files.Add(SafetensorsFile.Open(System.IO.Path.Combine(folder, shard)));
        }

        var byShard = index.Shards.Zip(files).ToDictionary(p => p.First, p => p.Second.Header, StringComparer.Ordinal);
        foreach (var (name, shard) in index.WeightMap)
        {
            if (!byShard[shard].TryGet(name, out _))
                throw new SafetensorsException(index.Path, $"tensor '{PrintableText.Of(name)}' should be in '{PrintableText.Of(shard)}' and is not; index and shards do not belong together, download both again.");
        }

        foreach (var (shard, header) in byShard)
        {
            foreach (var entry in header.Entries)
            {
                if (!index.WeightMap.TryGetValue(entry.Name, out var expected))
                    throw new SafetensorsException(index.Path, $"tensor '{PrintableText.Of(entry.Name)}' of '{PrintableText.Of(shard)}' is not in the index; index and shards do not belong together, download both again.");
                if (expected != shard)
                    throw new SafetensorsException(index.Path, $"tensor '{PrintableText.Of(entry.Name)}' is in two shards, '{PrintableText.Of(expected)}' and '{PrintableText.Of(shard)}'; the set is not trustworthy, get it again from its source.");
            }
        }
    }
}

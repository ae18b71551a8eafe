using System.Text.Encodings.Web;
using System.Text.Json;

namespace FloydSharp.IO.Safetensors;

/// <summary>Writes a model as several files of limited size with an index, named as the Hub's libraries name them.</summary>
public static class ShardedSafetensorsWriter
{
    /// <summary>
    /// Fills shards in the given order; a tensor larger than the limit gets a shard of its own. Where one file suffices it is
    /// written alone, without an index. All files are complete under temporary names before the first is renamed, the index last;
    /// on an error while writing nothing is left behind.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="baseName">For example <c>diffusion_pytorch_model</c> or <c>model</c>.</param>
    /// <param name="tensors">The tensors, with different names over all shards. Their bytes are asked for one tensor at a time.</param>
    /// <param name="maxShardBytes">Most tensor bytes in one shard; the reference's default is 10,000,000,000.</param>
    /// <param name="variant">For example <c>fp16</c>; null or empty for none.</param>
    /// <param name="metadata">Texts stored as <c>__metadata__</c> in each shard.</param>
    /// <param name="overwrite">Whether existing files of the same names are replaced.</param>
    /// <returns>Paths written: the shards in order, then the index; or the single file.</returns>
    /// <exception cref="SafetensorsException">
    /// As for <see cref="SafetensorsWriter.Write"/>, or the folder has the same weights in the other form, single or sharded.
    /// </exception>
    public static IReadOnlyList<string> Write(
        string folder,
        string baseName,
        IEnumerable<SafetensorsTensorSource> tensors,
        long maxShardBytes,
        string? variant = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        variant ??= "";
        if (!FileNames.IsPlain(baseName) || (variant.Length > 0 && !FileNames.IsPlain(variant)))
            throw new SafetensorsException(folder, $"'{PrintableText.Of(baseName)}' or '{PrintableText.Of(variant)}' cannot be part of a file name; use a plain name.");

        SafetensorsTensorSource[] all = [.. tensors];
        CheckNames(folder, all);
        var shards = Split(all, maxShardBytes);
        var single = Path.Combine(folder, FileNames.Single(baseName, variant));
        string[] indexes = [.. FileNames.Indexes(baseName, variant).Select(n => Path.Combine(folder, n))];
        RefuseOtherForm(shards.Count == 1 ? indexes : [single]);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(single, shards[0], metadata, overwrite);
            return [single];
        }

        string[] names = [.. Enumerable.Range(1, shards.Count).Select(i => FileNames.Shard(baseName, variant, i, shards.Count))];
        string[] paths = [.. names.Select(n => Path.Combine(folder, n)), indexes[0]];
        foreach (var path in paths)
            AtomicFile.CheckFree(path, overwrite, SafetensorsException.About(path));
        List<AtomicFile> pending = [];
        try
        {
            for (var i = 0; i < shards.Count; i++)
                pending.Add(SafetensorsWriter.WriteTemporary(paths[i], shards[i], metadata, overwrite));
            pending.Add(WriteIndex(indexes[0], shards, names, overwrite));
            pending.ForEach(f => f.Rename());
        }
        finally
        {
            pending.ForEach(f => f.Dispose());
        }

        return paths;
    }

    private static List<List<SafetensorsTensorSource>> Split(SafetensorsTensorSource[] all, long maxShardBytes)
    {
        List<List<SafetensorsTensorSource>> shards = [[]];
        long filled = 0;
        foreach (var tensor in all)
        {
            if (shards[^1].Count > 0 && tensor.Length > maxShardBytes - filled)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(tensor);
            filled += tensor.Length;
        }

        return shards;
    }

    private static void CheckNames(string folder, SafetensorsTensorSource[] all)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var tensor in all)
        {
            if (!names.Add(tensor.Name))
                throw new SafetensorsException(folder, $"two tensors are named '{PrintableText.Of(tensor.Name)}'; give each its own name.");
        }
    }

    /// <summary>A reader meeting both forms would have to guess which one is meant.</summary>
    private static void RefuseOtherForm(string[] others)
    {
        foreach (var other in others.Where(Path.Exists))
            throw new SafetensorsException(other, "is there and would stand beside the new files for the same weights; remove it first or write to another folder.");
    }

    private static AtomicFile WriteIndex(string path, List<List<SafetensorsTensorSource>> shards, string[] names, bool overwrite)
    {
        var file = new AtomicFile(path, overwrite, SafetensorsException.About(path));
        file.Fill(content =>
        {
            var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            using var json = new Utf8JsonWriter(content, options);
            json.WriteStartObject();
            json.WriteStartObject("metadata"u8);
            json.WriteNumber("total_size"u8, shards.Sum(s => s.Sum(t => t.Length)));
            json.WriteEndObject();
            json.WriteStartObject("weight_map"u8);
            foreach (var (name, shard) in shards.Zip(names, (s, n) => s.Select(t => (t.Name, n))).SelectMany(p => p).OrderBy(p => p.Name, StringComparer.Ordinal))
                json.WriteString(name, shard);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return file;
    }
}

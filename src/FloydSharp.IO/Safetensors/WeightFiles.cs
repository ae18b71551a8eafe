namespace FloydSharp.IO.Safetensors;

/// <summary>Finds which file of a folder to open: a single file or an index, of the wanted variant.</summary>
internal static class WeightFiles
{
    /// <summary>Path of the single file or of the index to open.</summary>
    public static string Find(string folder, IReadOnlyList<string> baseNames, string variant)
    {
        if (variant.Length > 0 && !FileNames.IsPlain(variant))
            throw new SafetensorsException(folder, $"'{PrintableText.Of(variant)}' is no variant: a short name such as fp16 is expected.");
        var files = List(folder);
        foreach (var baseName in baseNames)
        {
            string[] candidates = [FileNames.Single(baseName, variant), .. FileNames.Indexes(baseName, variant)];
            if (candidates.FirstOrDefault(files.Contains) is { } found)
                return Path.Combine(folder, found);
        }

        throw NothingFound(folder, files, baseNames, variant);
    }

    public static string[] Variants(IReadOnlySet<string> files, IReadOnlyList<string> baseNames) =>
        [.. files.SelectMany(f => baseNames.Select(b => FileNames.VariantOf(f, b))).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>File names of a folder exactly as they are spelled, so that another letter case never matches by the file system's grace.</summary>
    public static HashSet<string> List(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).ToHashSet(StringComparer.Ordinal);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new SafetensorsException(folder, "there is no such folder; check the path or download the model.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException(folder, $"cannot be listed ({e.GetType().Name}); check that it is a folder and that you may read it.", e);
        }
    }

    private static SafetensorsException NothingFound(
        string folder, HashSet<string> files, IReadOnlyList<string> baseNames, string variant)
    {
        var wanted = variant.Length == 0 ? "weights without a variant" : $"weights of the variant '{variant}'";
        if (Variants(files, baseNames) is { Length: > 0 } variants)
        {
            var there = string.Join(", ", variants.Select(v => v.Length == 0 ? "no variant" : $"'{v}'"));
            return new(folder, $"no {wanted}; the folder has: {there}. Choose one of these or download the missing files.");
        }

        if (files.Where(FileNames.IsShard).Order(StringComparer.Ordinal).FirstOrDefault() is { } shard)
            return new(folder, $"'{shard}' is one part of a sharded set whose index (a name ending in .index.json) is missing; download the index.");
        if (files.Where(FileNames.IsPickle).Order(StringComparer.Ordinal).FirstOrDefault() is { } pickle)
            return new(folder, $"no safetensors files, only '{pickle}'; {ForeignContent.PickleAdvice}");
        var expected = string.Join(" or ", baseNames.Select(b => FileNames.Single(b, variant)));
        return files.Where(f => f.EndsWith(FileNames.Extension, StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault() is { } other
            ? new(folder, $"no {wanted}: expected {expected}, found '{PrintableText.Of(other)}'; open that file by its own path or rename it.")
            : new(folder, $"no {wanted}: expected {expected} or an index of shards; download the model's safetensors files.");
    }
}

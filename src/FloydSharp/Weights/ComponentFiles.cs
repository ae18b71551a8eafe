using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.Weights;

/// <summary>The files of a component that decide what it computes: its weights of the chosen variant, its configurations, its vocabulary.</summary>
internal static class ComponentFiles
{
    private static readonly string[] _small = [".json", ".model", ".txt"];

    /// <summary>Lists them, sorted by name.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="options">Chooses among variants.</param>
    public static IReadOnlyList<string> Of(string folder, LoadOptions options)
    {
        List<string> files = [.. Directory.EnumerateFiles(folder).Where(f => _small.Contains(Path.GetExtension(f)) && !IsIndex(Path.GetFileName(f)))];
        files.AddRange(WeightsOf(folder, options));
        return [.. files.OrderBy(f => Path.GetFileName(f), StringComparer.Ordinal)];
    }

    /// <summary>Lists the files of its weights; none where it has no weights.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="options">Chooses among variants.</param>
    public static IReadOnlyList<string> WeightsOf(string folder, LoadOptions options)
    {
        if (WeightSet.Variants(folder).Count == 0)
            return [];
        using var weights = WeightSet.Open(folder, variant: WeightVariant.Choose(folder, options));
        return [.. weights.Files.Select(f => f.Path)];
    }

    /// <summary>Whether <see cref="Hash"/> takes no time.</summary>
    public static bool IsQuick(string folder, LoadOptions options, FileHashes hashes) => Of(folder, options).All(hashes.IsQuick);

    /// <summary>SHA-256 over the files' names and contents.</summary>
    public static string Hash(string folder, LoadOptions options, FileHashes hashes, CancellationToken cancellation)
    {
        var lines = Of(folder, options).Select(f => $"{Path.GetFileName(f)}\0{hashes.Of(f, cancellation)}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    // Indexes of other variants may or may not be there, as somebody downloaded them.
    private static bool IsIndex(string name) => name.Contains(".index.", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>Names, sizes and times of change: tells in no time whether files were replaced since.</summary>
    public static string Stamp(string folder, LoadOptions options) => string.Join(
        '|',
        Of(folder, options).Select(f => new FileInfo(f)).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}:{f.Length}:{f.LastWriteTimeUtc.Ticks}")));
}

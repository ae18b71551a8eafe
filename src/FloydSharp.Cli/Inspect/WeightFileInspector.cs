using FloydSharp.IO;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.Cli.Inspect;

/// <summary>Looks at safetensors files. Reads headers only, needs no libtorch.</summary>
internal static class WeightFileInspector
{
    private const int Shown = 20;

    /// <summary>Looks at a file, or at a sharded set by its index.</summary>
    /// <param name="path">The file.</param>
    /// <param name="all">Whether all tensors are listed instead of the first 20.</param>
    /// <exception cref="FloydException">It is not valid.</exception>
    public static WeightFileFacts File(string path, bool all)
    {
        using var set = WeightSet.OpenFile(path);
        return new(
            path,
            set.Files[0].Header.Metadata,
            Totals(set, ""),
            [.. set.Entries.Take(all ? int.MaxValue : Shown).Select(l => new TensorFacts(l.Entry.Name, l.Entry.DType.Name(), l.Entry.Shape, l.Entry.Length))]);
    }

    /// <summary>The totals of a set.</summary>
    public static WeightFacts Totals(WeightSet set, string variant) => new(
        variant,
        [.. set.Files.Select(f => Path.GetFileName(f.Path))],
        set.Entries.Count,
        set.Entries.Where(l => !IsScale(l.Entry.Name)).Sum(l => l.Entry.ElementCount),
        set.Entries.Count(l => l.Entry.DType == SafetensorsDType.I8 && set.TryGet(ScalesOf(l.Entry.Name), out _)),
        set.TotalBytes,
        set.Entries.GroupBy(l => l.Entry.DType.Name()).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key, g => g.Count()));

    // The layout of int8 weights: beside layer.weight lie layer.SCB and perhaps layer.weight_format.
    private static bool IsScale(string name) => name.EndsWith(".SCB", StringComparison.Ordinal) || name.EndsWith(".weight_format", StringComparison.Ordinal);

    private static string ScalesOf(string weight) => weight[..(weight.LastIndexOf('.') + 1)] + "SCB";
}

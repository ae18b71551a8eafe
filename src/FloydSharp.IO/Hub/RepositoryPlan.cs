using System.Text.Json;
using System.Text.Json.Nodes;
using FloydSharp.IO.Json;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.IO.Hub;

/// <summary>
/// Which files of a repository are needed: of each component that <c>model_index.json</c> names the weights in one form, as
/// safetensors, with their index and <c>config.json</c>; folders without weights whole. A repository without
/// <c>model_index.json</c> is one component.
/// </summary>
/// <param name="Files">The files.</param>
/// <param name="Notes">What a person should know, such as components that lack the variant.</param>
public sealed record RepositoryPlan(IReadOnlyList<HubFile> Files, IReadOnlyList<string> Notes)
{
    /// <summary>The file that names a pipeline's components.</summary>
    public const string IndexName = "model_index.json";

    private const string TextEncoderClass = "T5EncoderModel";

    private static readonly string[] _weightExtensions = [FileNames.Extension, ".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5", ".onnx", ".onnx_data", ".pb"];

    private static readonly string[] _rootFiles = [IndexName, "config.json", "scheduler_config.json"];

    private static readonly string[] _modelFiles = [".json", ".model", ".txt"];

    /// <summary>Chooses the files.</summary>
    /// <param name="repo">The repository, for messages.</param>
    /// <param name="files">All its files.</param>
    /// <param name="modelIndex">The text of <c>model_index.json</c>; null where there is none.</param>
    /// <param name="options">Which forms are wanted.</param>
    /// <exception cref="FloydException">What is wanted is not there.</exception>
    public static RepositoryPlan Make(RepoId repo, IReadOnlyList<HubFile> files, string? modelIndex, RepositoryPlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(repo);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var chosen = new List<Choice>();
        var plan = new List<HubFile>();
        var notes = new List<string>();
        if (modelIndex is null)
        {
            var root = files.Where(f => !f.Path.Contains('/', StringComparison.Ordinal)).ToList();
            var choice = Choose(repo, "", root, IsT5(root), options);
            chosen.Add(choice);
            plan.AddRange([.. root.Where(f => !IsWeights(f) && !IsIndex(f) && _modelFiles.Contains(Path.GetExtension(f.Path))), .. choice.Files]);
        }
        else
        {
            plan.AddRange(files.Where(f => _rootFiles.Contains(f.Path)));
            var components = Components(repo, modelIndex);
            foreach (var (component, type) in components)
            {
                if (type == TextEncoderClass && !options.TextEncoder)
                    continue;
                var inside = files.Where(f => f.Path.StartsWith(component + "/", StringComparison.Ordinal)).ToList();
                if (inside.Count == 0)
                    notes.Add($"{repo}: {IndexName} names {component}, but there is no such folder");
                if (!inside.Any(IsWeights))
                {
                    plan.AddRange(inside);
                    continue;
                }

                var choice = Choose(repo, component, inside, type == TextEncoderClass, options);
                chosen.Add(choice);
                plan.AddRange([.. inside.Where(f => f.Path == $"{component}/config.json"), .. choice.Files]);
            }

            if (chosen.Count == 0)
                throw new HubException(HubError.Unusable, $"{repo}: no component that {IndexName} names has weights ({string.Join(", ", components.Select(c => c.Name))}); it is not complete, or not the right repository.");
        }

        return new([.. plan.DistinctBy(f => f.Path)], [.. notes, .. NotesOf(repo, chosen, options)]);
    }

    // In the file's order: pairs of library and class; a pair of nulls stands for a component that is left out.
    private static List<(string Name, string Type)> Components(RepoId repo, string modelIndex)
    {
        List<(string, string)> components = [];
        foreach (var (key, value) in ConfigFile.Parse(modelIndex, $"{repo}, {IndexName}").Values)
        {
            if (value is not JsonArray { Count: 2 } pair || pair[1]?.GetValueKind() != JsonValueKind.String || key.StartsWith('_'))
                continue;
            if (!FileNames.IsPlain(key))
                throw new HubException(HubError.Unusable, $"{repo}: {IndexName} names a component '{PrintableText.Of(key)}', which is no folder's name; it is not trustworthy.");
            components.Add((key, pair[1]!.GetValue<string>()));
        }

        return components;
    }

    private static Choice Choose(RepoId repo, string component, List<HubFile> files, bool isT5, RepositoryPlanOptions options)
    {
        var folder = component.Length == 0 ? "" : component + "/";
        var names = files.Select(f => f.Path[folder.Length..]).ToHashSet(StringComparer.Ordinal);
        string[] wanted = isT5 ? [options.TextEncoderVariant, options.Variant, ""] : [options.Variant, ""];
        foreach (var variant in wanted.Distinct())
        {
            foreach (var baseName in WeightSet.DefaultBaseNames)
            {
                if (Set(repo, folder, names, baseName, variant) is { } set)
                    return new(component.Length == 0 ? "the model" : component, variant, wanted[0], [.. files.Where(f => set.Contains(f.Path[folder.Length..]))]);
            }
        }

        var where = component.Length == 0 ? repo.Text : $"{repo}, {component}";
        var variants = WeightFiles.Variants(names, WeightSet.DefaultBaseNames);
        throw new HubException(HubError.Unusable, variants.Length > 0
            ? $"{where}: no weights of the variant '{wanted[0]}' and no plain ones; there are: {string.Join(", ", variants.Select(v => PrintableText.Of(v)))}. Choose one of these."
            : names.FirstOrDefault(FileNames.IsPickle) is { } pickle
                ? $"{where}: no safetensors files, only such as {PrintableText.Of(pickle)}; {ForeignContent.PickleAdvice}"
                : $"{where}: no weights in a form that is read here, which is safetensors; choose another repository.");
    }

    // The single file, or an index with all its shards; null where this variant is not there.
    private static HashSet<string>? Set(RepoId repo, string folder, HashSet<string> names, string baseName, string variant)
    {
        var single = FileNames.Single(baseName, variant);
        if (names.Contains(single))
            return [single];
        if (FileNames.Indexes(baseName, variant).FirstOrDefault(names.Contains) is not { } index)
            return null;
        var start = variant.Length == 0 ? baseName + "-" : $"{baseName}.{variant}-";
        var end = variant.Length == 0 ? FileNames.Extension : $".{variant}{FileNames.Extension}";
        var shards = names.Where(n => FileNames.IsShard(n) && IsShardOf(n, start, baseName + "-", end, variant)).ToHashSet(StringComparer.Ordinal);
        if (shards.Count == 0 || !IsComplete(shards))
            throw new HubException(HubError.Unusable, $"{repo}: {folder}{index} stands for {shards.Count} files, which are not all there; the repository is not complete.");
        return [index, .. shards];
    }

    // The variant stands before the number, or, in old repositories, behind it.
    private static bool IsShardOf(string name, string start, string oldStart, string end, string variant)
    {
        const int number = 14; // 00001-of-00002
        return (name.StartsWith(start, StringComparison.Ordinal) && name.Length == start.Length + number + FileNames.Extension.Length)
            || (variant.Length > 0 && name.StartsWith(oldStart, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal) && name.Length == oldStart.Length + number + end.Length);
    }

    private static bool IsComplete(HashSet<string> shards)
    {
        var counts = shards.Select(s => s[(s.LastIndexOf("-of-", StringComparison.Ordinal) + 4)..][..5]).Distinct().ToList();
        return counts.Count == 1 && int.Parse(counts[0]) == shards.Count;
    }

    private static List<string> NotesOf(RepoId repo, List<Choice> chosen, RepositoryPlanOptions options)
    {
        if (chosen.Count > 0 && options is { VariantRequired: true, Variant.Length: > 0 } && chosen.All(c => c.Variant != options.Variant))
            throw new HubException(HubError.Unusable, $"{repo}: no component has weights of the variant '{options.Variant}'; choose another, or leave --variant out.");
        return [.. chosen.Where(c => c.Variant != c.Wanted).Select(c =>
            $"{repo}: {c.Component} has no {(c.Wanted.Length == 0 ? "plain files" : c.Wanted)}; {(c.Variant.Length == 0 ? "its plain files are" : c.Variant + " is")} taken")];
    }

    private static bool IsWeights(HubFile file) => _weightExtensions.Contains(Path.GetExtension(file.Path), StringComparer.OrdinalIgnoreCase);

    private static bool IsIndex(HubFile file) => file.Path.Contains(".index.", StringComparison.Ordinal);

    private static bool IsT5(List<HubFile> root) => root.Any(f => f.Path == "spiece.model");

    private sealed record Choice(string Component, string Variant, string Wanted, IReadOnlyList<HubFile> Files);
}

using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Inspect;

/// <summary>Looks at checkpoints and their components.</summary>
internal static class CheckpointInspector
{
    /// <summary>Looks at a whole checkpoint.</summary>
    /// <exception cref="FloydException">It is none.</exception>
    public static CheckpointFacts Checkpoint(string path)
    {
        var folder = CheckpointFolder.Open(path);
        return new(path, folder.ClassName, [.. folder.Components.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => Directory.Exists(Path.Combine(path, c.Key))
            ? Component(Path.Combine(path, c.Key), c.Value)
            : new(c.Key, c.Value, new Dictionary<string, string>(), [], ["the folder is missing"]))]);
    }

    /// <summary>Looks at a component. What is wrong with it is reported, not thrown.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="indexClass">Its class according to model_index.json; null without one.</param>
    public static ComponentFacts Component(string folder, string? indexClass = null)
    {
        List<string> problems = [];
        var (className, settings) = Try(problems, () => ConfigHighlights.Read(folder), ("", new Dictionary<string, string>()));
        if (className.Length == 0)
            className = indexClass ?? "";

        List<WeightFacts> weights = [];
        var variants = Try(problems, () => WeightSet.Variants(folder), []);
        using var model = variants.Count > 0 ? Try(problems, () => ModelCheck.Build(className, folder), null) : null;
        foreach (var variant in variants)
        {
            Try(problems, () =>
            {
                using var set = WeightSet.Open(folder, variant: variant);
                weights.Add(WeightFileInspector.Totals(set, variant));
                if (model is not null)
                    problems.AddRange(ModelCheck.Problems(model, set, variant));
                return true;
            }, false);
        }

        return new(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), className, settings, weights, problems);
    }

    private static T Try<T>(List<string> problems, Func<T> look, T otherwise)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is FloydException or IOException or UnauthorizedAccessException)
        {
            problems.Add(e.Message);
            return otherwise;
        }
    }
}

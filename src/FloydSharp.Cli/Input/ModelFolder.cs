using FloydSharp.IO;
using FloydSharp.IO.Hub;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.Cli.Input;

/// <summary>
/// Folders of models as command lines name them: a folder, or a repository of the Hub (<c>owner/name</c>, also with folders in it)
/// that is in the cache. A folder of that name wins, and nothing is downloaded here.
/// </summary>
internal static class ModelFolder
{
    /// <summary>The folder of a name.</summary>
    /// <exception cref="FloydException">It is neither a folder nor in the cache, or not complete there.</exception>
    public static string Resolve(string given, CliHost host) => Path.Exists(given) || Split(given) is not var (repo, inside) ? given : Find(repo, inside, host, repo.Text)
        ?? throw new FloydException($"There is no folder {given}, and no repository {repo} in the cache {Cache(host).Folder}; give a folder, or download it: floyd pull {repo}");

    /// <summary>The folder of a name; the name itself where nothing of it is there.</summary>
    public static string ResolveIfThere(string given, CliHost host) =>
        Path.Exists(given) || Split(given) is not var (repo, inside) ? given : Find(repo, inside, host, repo.Text) ?? given;

    /// <summary>The folder of a stage of a named set.</summary>
    /// <exception cref="FloydException">It is not in the cache, or not complete there.</exception>
    public static string Resolve(ModelSet set, int stage, CliHost host) => Find(set.Stages[stage - 1], "", host, set.Name)
        ?? throw new FloydException($"Stage {stage} of {set.Name}, {set.Stages[stage - 1]}, is not in the cache {Cache(host).Folder}; download it: floyd pull {set.Name}");

    private static (RepoId Repo, string Inside)? Split(string given)
    {
        var parts = given.Split('/');
        return parts.Length >= 2 && RepoId.TryParse($"{parts[0]}/{parts[1]}", out var repo) && parts[2..].All(FileNames.IsPlain)
            ? (repo, Path.Combine(parts[2..]))
            : null;
    }

    private static string? Find(RepoId repo, string inside, CliHost host, string pull)
    {
        if (Cache(host).FindSnapshot(repo) is not { } snapshot)
            return null;
        var folder = Path.Combine(snapshot, inside);
        if (!Directory.Exists(folder))
            throw new FloydException($"{repo} has no folder {inside} in the cache; if it is missing, complete it: floyd pull {pull}");
        // An older download, or one of another program, may have ended in the middle.
        if (Incomplete(folder) is { } problem)
            throw new FloydException($"{repo} is not complete in the cache ({problem}); complete it: floyd pull {pull}");
        return folder;
    }

    private static HubCache Cache(CliHost host) => new(host.Hub().CacheFolder);

    private static string? Incomplete(string folder)
    {
        var isPipeline = File.Exists(Path.Combine(folder, RepositoryPlan.IndexName));
        if (!isPipeline && !File.Exists(Path.Combine(folder, "config.json")) && Directory.EnumerateDirectories(folder).Any())
            return $"{RepositoryPlan.IndexName} is missing";
        if (isPipeline && !Directory.Exists(Path.Combine(folder, "unet")))
            return "unet is missing";
        return (isPipeline ? Directory.EnumerateDirectories(folder) : [folder])
            .Select(component => Parts(component, mustHave: Path.GetFileName(component) == "unet") ? null : $"weights of {Path.GetFileName(component)} are missing")
            .FirstOrDefault(problem => problem is not null);
    }

    // Whether one of the forms of a component's weights is whole; a form of which nothing but its index is there does not count.
    private static bool Parts(string folder, bool mustHave)
    {
        var names = WeightFiles.List(folder).Where(name => File.Exists(Path.Combine(folder, name))).ToHashSet(StringComparer.Ordinal);
        var weights = names.Where(name => name.EndsWith(FileNames.Extension, StringComparison.Ordinal)).ToList();
        if (weights.Count == 0)
            return !mustHave;
        return weights.Any(name => !FileNames.IsShard(name))
            || names.Where(name => name.Contains(FileNames.Extension + ".index.", StringComparison.Ordinal))
                .Any(index => ShardIndex.Open(Path.Combine(folder, index)).Shards.All(names.Contains));
    }
}

using FloydSharp.IO;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Input;

/// <summary>A repository to download.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Options">Which of its files.</param>
internal sealed record PullTarget(RepoId Repository, RepositoryPlanOptions Options)
{
    /// <summary>The repositories of names, which are sets or repositories, each once.</summary>
    /// <exception cref="FloydException">A name is neither.</exception>
    public static IReadOnlyList<PullTarget> Of(IReadOnlyList<string> names, RepositoryPlanOptions options) =>
        [.. names.SelectMany(name => Of(name, options)).DistinctBy(target => target.Repository)];

    private static IEnumerable<PullTarget> Of(string name, RepositoryPlanOptions options)
    {
        if (ModelSet.Find(name) is { } set)
            return set.Stages.Select((repo, index) => new PullTarget(repo, ModelSet.OptionsOf(index + 1, options)));
        if (name.StartsWith("if-", StringComparison.OrdinalIgnoreCase) && !name.Contains('/', StringComparison.Ordinal))
            throw new FloydException($"There is no set {name}; there are {string.Join(", ", ModelSet.All.Select(s => s.Name))}, or give a repository such as {ModelSet.All[0].Stages[0]}.");
        return [new PullTarget(RepoId.Parse(name), options)];
    }
}

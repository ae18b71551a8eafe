namespace FloydSharp.Cli.Output;

/// <summary>A commit in the cache.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Names">Branches and tags that are this commit.</param>
/// <param name="Files">How many files are there.</param>
/// <param name="Bytes">Their bytes.</param>
internal sealed record CachedCommit(string Commit, IReadOnlyList<string> Names, int Files, long Bytes);

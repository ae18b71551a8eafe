namespace FloydSharp.Cli.Output;

/// <summary>A repository of a download.</summary>
/// <param name="Repository">Its name.</param>
/// <param name="Revision">The branch, tag or commit that was asked for.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Files">The files that are needed.</param>
internal sealed record PulledRepository(string Repository, string Revision, string Commit, string Folder, IReadOnlyList<PulledFile> Files);

namespace FloydSharp.IO.Hub;

/// <summary>A commit of a repository in a cache.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Names">Branches and tags that are this commit.</param>
/// <param name="Files">How many files are there.</param>
/// <param name="Bytes">Their bytes; several commits can share them.</param>
public sealed record CachedRevision(string Commit, IReadOnlyList<string> Names, int Files, long Bytes);

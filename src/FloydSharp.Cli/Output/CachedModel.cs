namespace FloydSharp.Cli.Output;

/// <summary>A repository in the cache.</summary>
/// <param name="Repository">Its name.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Bytes">What it takes.</param>
/// <param name="PartialBytes">What was left of unfinished downloads.</param>
/// <param name="Revisions">Its commits.</param>
internal sealed record CachedModel(string Repository, string Folder, long Bytes, long PartialBytes, IReadOnlyList<CachedCommit> Revisions);

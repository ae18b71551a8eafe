namespace FloydSharp.IO.Hub;

/// <summary>A repository in a cache.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Bytes">What it takes on the disk, with what was left of unfinished downloads.</param>
/// <param name="PartialBytes">What was left of unfinished downloads.</param>
/// <param name="Revisions">The commits that are there, the latest last.</param>
public sealed record CachedRepository(RepoId Id, string Folder, long Bytes, long PartialBytes, IReadOnlyList<CachedRevision> Revisions);

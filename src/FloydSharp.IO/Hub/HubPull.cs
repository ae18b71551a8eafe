namespace FloydSharp.IO.Hub;

/// <summary>A repository's files on their way into a cache.</summary>
/// <param name="Repository">The repository and its commit.</param>
/// <param name="Plan">The files that are needed.</param>
/// <param name="Folder">Where they are afterwards: the snapshot's folder, which works wherever a checkpoint's folder does.</param>
/// <param name="Missing">The files that the cache lacks.</param>
/// <param name="MissingBytes">What is still to be downloaded of them; less than their sizes where an earlier run left something.</param>
public sealed record HubPull(HubRepository Repository, RepositoryPlan Plan, string Folder, IReadOnlyList<HubFile> Missing, long MissingBytes);

namespace FloydSharp.Cli.Output;

/// <summary>What <c>floyd cache delete --json</c> prints.</summary>
/// <param name="Folder">The cache's folder.</param>
/// <param name="Deleted">The repositories.</param>
/// <param name="FreedBytes">What became free.</param>
internal sealed record CacheDeletion(string Folder, IReadOnlyList<string> Deleted, long FreedBytes);

namespace FloydSharp.Cli.Output;

/// <summary>What <c>floyd cache --json</c> prints.</summary>
/// <param name="Folder">The cache's folder.</param>
/// <param name="Bytes">What all repositories take.</param>
/// <param name="Repositories">The repositories.</param>
internal sealed record CacheReport(string Folder, long Bytes, IReadOnlyList<CachedModel> Repositories);

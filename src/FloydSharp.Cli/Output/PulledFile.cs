namespace FloydSharp.Cli.Output;

/// <summary>A file of a download.</summary>
/// <param name="Path">Its name in the repository.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256, or Git's SHA-1 of small files.</param>
/// <param name="WasThere">Whether the cache had it before.</param>
internal sealed record PulledFile(string Path, long Size, string Hash, bool WasThere);

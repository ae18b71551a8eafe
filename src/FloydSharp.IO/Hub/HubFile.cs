namespace FloydSharp.IO.Hub;

/// <summary>A file of a repository at one commit.</summary>
/// <param name="Path">Its name with folders, joined by slashes; checked to stay below the repository's folder.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 of the content (64 hexadecimal digits, large files) or its Git blob SHA-1 (40); also the blob's name in a cache.</param>
public sealed record HubFile(string Path, long Size, string Hash);

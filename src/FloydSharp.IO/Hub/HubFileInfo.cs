namespace FloydSharp.IO.Hub;

/// <summary>What the Hub answers about one file without sending it.</summary>
/// <param name="Commit">The commit its revision is at present.</param>
/// <param name="File">Name, size and hash.</param>
public sealed record HubFileInfo(string Commit, HubFile File);

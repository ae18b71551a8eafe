namespace FloydSharp.Native;

/// <summary>A folder that holds downloaded or made files.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Path">Its full path.</param>
/// <param name="Exists">False when nothing was put there yet.</param>
/// <param name="Size">What its files take, in bytes, links not followed.</param>
/// <param name="Free">What is free on its disk, in bytes; null when unknown.</param>
public sealed record FolderReport(string Purpose, string Path, bool Exists, long Size, long? Free)
{
    /// <summary>The folders in <see cref="CacheFolders"/>.</summary>
    internal static IReadOnlyList<FolderReport> CollectAll() =>
    [
        Collect("FloydSharp's cache", CacheFolders.Own),
        Collect("Hugging Face's cache", CacheFolders.HuggingFaceHub),
    ];

    /// <summary>The state of one folder.</summary>
    internal static FolderReport Collect(string purpose, string path)
    {
        var folder = new DirectoryInfo(path);
        return new FolderReport(purpose, folder.FullName, folder.Exists, folder.Exists ? SizeOf(folder) : 0, FreeAt(folder));
    }

    private static long SizeOf(DirectoryInfo folder)
    {
        // Snapshots of the hub are links to blobs in the same cache, which count once.
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return folder.EnumerateFiles("*", options).Sum(file => file.Length);
    }

    private static long? FreeAt(DirectoryInfo? folder)
    {
        while (folder is { Exists: false })
            folder = folder.Parent;
        try
        {
            return folder is null ? null : new DriveInfo(folder.FullName).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

namespace FloydSharp.IO.Hub;

/// <summary>
/// The cache of the Hub's clients, shared with those of Python and others: <c>models--owner--name</c> with <c>blobs</c> (contents
/// by their hash), <c>snapshots/COMMIT</c> (links to blobs, or plain files where there are no links) and <c>refs</c> (commits of branches).
/// Nothing here asks the network.
/// </summary>
public sealed class HubCache
{
    private const int MaxRefBytes = 256;

    /// <summary>Opens a cache; its folder need not exist.</summary>
    /// <param name="folder">The folder.</param>
    public HubCache(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = Path.GetFullPath(folder);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The repository that a snapshot's folder belongs to, by its name alone; null for other folders.</summary>
    public static string? NameOf(string snapshot)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(snapshot)));
        return RepoPath.IsCommit(folder.Name) && folder.Parent is { Name: "snapshots", Parent: { } repository } ? RepoId.OfFolder(repository.Name)?.Text : null;
    }

    /// <summary>The folder of a revision's files.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <returns>The folder; null where the revision is not there. That it is there does not say that it is complete.</returns>
    public string? FindSnapshot(RepoId repo, string revision = "main")
    {
        ArgumentNullException.ThrowIfNull(repo);
        RepoPath.CheckRevision(revision);
        return CommitOf(repo, revision) is { } commit && SnapshotFolder(repo, commit) is var folder && Directory.Exists(folder) ? folder : null;
    }

    /// <summary>A file of a revision.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="path">The file, its folders joined by slashes.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <returns>Its path; null where it is not there.</returns>
    public string? FindFile(RepoId repo, string path, string revision = "main")
    {
        ArgumentNullException.ThrowIfNull(repo);
        ArgumentNullException.ThrowIfNull(path);
        RepoPath.CheckRevision(revision);
        return RepoPath.IsSafe(path) && CommitOf(repo, revision) is { } commit && File.Exists(SnapshotFile(repo, commit, path)) ? SnapshotFile(repo, commit, path) : null;
    }

    /// <summary>Whether it is known that a revision has no such file.</summary>
    public bool IsKnownAbsent(RepoId repo, string path, string revision = "main")
    {
        ArgumentNullException.ThrowIfNull(repo);
        ArgumentNullException.ThrowIfNull(path);
        RepoPath.CheckRevision(revision);
        return RepoPath.IsSafe(path) && CommitOf(repo, revision) is { } commit && File.Exists(AbsentFile(repo, commit, path));
    }

    /// <summary>Looks what is there.</summary>
    /// <exception cref="HubException">The cache cannot be read.</exception>
    public IReadOnlyList<CachedRepository> List() => CacheInventory.List(this);

    /// <summary>Deletes a repository with all that belongs to it.</summary>
    /// <param name="repo">The repository.</param>
    /// <returns>The bytes that became free.</returns>
    /// <exception cref="HubException">It is not there, is being downloaded, or cannot be deleted.</exception>
    public long Delete(RepoId repo) => CacheInventory.Delete(this, repo);

    /// <summary>Deletes a commit of a repository, and the contents that no other commit of it has.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <returns>The bytes that became free.</returns>
    /// <exception cref="HubException">It is not there, is being downloaded, or cannot be deleted.</exception>
    public long Delete(RepoId repo, string revision) => CacheInventory.Delete(this, repo, revision);

    /// <summary>The commit of a revision; null where that is not known.</summary>
    internal string? CommitOf(RepoId repo, string revision)
    {
        if (RepoPath.IsCommit(revision))
            return revision;
        try
        {
            var file = RefFile(repo, revision);
            return LengthOf(file) is > 0 and <= MaxRefBytes && File.ReadAllText(file).Trim() is var commit && RepoPath.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotRead(e);
        }
    }

    /// <summary>Whether a commit's file is there with all its bytes.</summary>
    internal bool Has(RepoId repo, string commit, HubFile file) => LengthOf(SnapshotFile(repo, commit, file.Path)) == file.Size;

    internal string RepoFolder(RepoId repo) => Path.Combine(Folder, repo.FolderName);

    internal string SnapshotFolder(RepoId repo, string commit) => Path.Combine(RepoFolder(repo), "snapshots", commit);

    internal string SnapshotFile(RepoId repo, string commit, string path) => Below(SnapshotFolder(repo, commit), path);

    internal string AbsentFile(RepoId repo, string commit, string path) => Below(Path.Combine(RepoFolder(repo), ".no_exist", commit), path);

    internal string BlobFile(RepoId repo, string hash) => Path.Combine(RepoFolder(repo), "blobs", hash);

    internal string PartialFile(RepoId repo, string hash) => Path.Combine(RepoFolder(repo), "blobs", hash + ".floyd.incomplete");

    internal string RefFile(RepoId repo, string revision) => Below(Path.Combine(RepoFolder(repo), "refs"), revision);

    internal string LockFolder(RepoId repo) => Path.Combine(Folder, ".locks", repo.FolderName);

    internal string LockFile(RepoId repo, string hash) => Path.Combine(LockFolder(repo), hash + ".lock");

    /// <summary>A file's bytes, through links; -1 where it is not there.</summary>
    internal static long LengthOf(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(handle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException || (e is UnauthorizedAccessException && Directory.Exists(path)))
        {
            return -1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubError.Cache, $"{path} cannot be read ({e.Message.TrimEnd('.')}); check its permissions, or set HF_HUB_CACHE to another folder.", e);
        }
    }

    /// <summary>The error of a cache that cannot be read.</summary>
    internal HubException NotRead(Exception cause) =>
        new(HubError.Cache, $"The cache {Folder} cannot be read ({cause.Message.TrimEnd('.')}); check its permissions, or set HF_HUB_CACHE to another folder.", cause);

    // Names are checked where they come in; this is the last door before the file system.
    private static string Below(string folder, string path)
    {
        var full = Path.GetFullPath(Path.Combine([folder, .. path.Split('/')]));
        return RepoPath.IsSafe(path) && full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new FloydException($"'{PrintableText.Of(path)}' is no name of a file below {folder}.");
    }
}

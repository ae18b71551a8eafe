namespace FloydSharp.IO.Hub;

/// <summary>What a cache holds, and taking things out of it. Nothing outside its folder is ever deleted: links go, not what they lead to.</summary>
internal static class CacheInventory
{
    private const string Doomed = ".floyd-deleted-";

    private static readonly EnumerationOptions _all = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>The repositories, sorted by name.</summary>
    public static IReadOnlyList<CachedRepository> List(HubCache cache)
    {
        try
        {
            if (!Directory.Exists(cache.Folder))
                return [];
            return [.. Directory.EnumerateDirectories(cache.Folder)
                .Select(folder => RepoId.OfFolder(Path.GetFileName(folder)))
                .OfType<RepoId>()
                .OrderBy(id => id.Text, StringComparer.Ordinal)
                .Select(id => Describe(cache, id))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw cache.NotRead(e);
        }
    }

    /// <summary>Deletes a repository.</summary>
    public static long Delete(HubCache cache, RepoId repo)
    {
        ArgumentNullException.ThrowIfNull(repo);
        var folder = Existing(cache, repo);
        var locks = TakeLocks(cache, repo);
        try
        {
            var bytes = BytesOf(folder);
            // Readers see the whole repository or none of it; what a deletion that died left goes with the next one.
            Directory.Move(folder, Path.Combine(cache.Folder, Doomed + Path.GetRandomFileName()));
            foreach (var doomed in Directory.EnumerateDirectories(cache.Folder, Doomed + "*", _all))
                Remove(doomed);
            locks.ForEach(taken => taken.Dispose());
            Remove(cache.LockFolder(repo));
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotDeleted(folder, e);
        }
        finally
        {
            locks.ForEach(taken => taken.Dispose());
        }
    }

    /// <summary>Deletes a commit of a repository.</summary>
    public static long Delete(HubCache cache, RepoId repo, string revision)
    {
        ArgumentNullException.ThrowIfNull(repo);
        ArgumentNullException.ThrowIfNull(revision);
        var folder = Existing(cache, repo);
        if (cache.FindSnapshot(repo, revision) is not { } snapshot)
            throw new HubException(HubError.RevisionNotFound, $"The cache has no revision '{PrintableText.Of(revision)}' of {repo}; floyd cache lists what is there.");
        var locks = TakeLocks(cache, repo);
        try
        {
            var before = BytesOf(folder);
            var commit = Path.GetFileName(snapshot);
            var own = BlobsOf(snapshot);
            foreach (var other in Directory.EnumerateDirectories(Path.Combine(folder, "snapshots")).Where(s => s != snapshot))
                own.ExceptWith(BlobsOf(other));
            foreach (var name in Names(folder, commit))
                File.Delete(cache.RefFile(repo, name));
            Remove(snapshot);
            Remove(Path.Combine(folder, ".no_exist", commit));
            if (Path.Combine(folder, "trees", commit + ".json") is var tree && File.Exists(tree))
                File.Delete(tree);
            foreach (var blob in own)
                File.Delete(cache.BlobFile(repo, blob));
            return before - BytesOf(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotDeleted(folder, e);
        }
        finally
        {
            locks.ForEach(taken => taken.Dispose());
        }
    }

    private static CachedRepository Describe(HubCache cache, RepoId id)
    {
        var folder = cache.RepoFolder(id);
        var snapshots = new DirectoryInfo(Path.Combine(folder, "snapshots"));
        var revisions = !snapshots.Exists ? [] : snapshots.EnumerateDirectories()
            .Where(s => RepoPath.IsCommit(s.Name))
            .OrderBy(s => s.LastWriteTimeUtc)
            .Select(s => Revision(folder, s.FullName));
        var partial = Files(Path.Combine(folder, "blobs")).Where(f => f.Name.EndsWith(".incomplete", StringComparison.Ordinal)).Sum(f => f.Length);
        return new(id, folder, BytesOf(folder), partial, [.. revisions]);
    }

    private static CachedRevision Revision(string folder, string snapshot)
    {
        var files = Files(snapshot).Where(f => !f.Name.EndsWith(".floyd", StringComparison.Ordinal)).Select(f => f.FullName).ToList();
        var commit = Path.GetFileName(snapshot);
        return new(commit, [.. Names(folder, commit)], files.Count, files.Sum(f => Math.Max(0, HubCache.LengthOf(f))));
    }

    private static List<string> Names(string folder, string commit)
    {
        var refs = Path.Combine(folder, "refs");
        return [.. Files(refs)
            .Where(f => f.Length is > 0 and < 256 && f.LinkTarget is null && File.ReadAllText(f.FullName).Trim() == commit)
            .Select(f => Path.GetRelativePath(refs, f.FullName).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(RepoPath.IsSafe)
            .Order(StringComparer.Ordinal)];
    }

    // The contents that a snapshot links to, by their hashes.
    private static HashSet<string> BlobsOf(string snapshot) => [.. Files(snapshot)
        .Select(f => Path.GetFileName(f.LinkTarget))
        .OfType<string>()
        .Where(name => RepoPath.IsHex(name, 40) || RepoPath.IsHex(name, 64))];

    private static long BytesOf(string folder) => Files(folder).Where(f => f.LinkTarget is null).Sum(f => f.Length);

    // Links to folders are files here: what they lead to belongs to somebody else.
    private static IEnumerable<FileInfo> Files(string folder)
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists || root.LinkTarget is not null)
            yield break;
        foreach (var entry in root.EnumerateFileSystemInfos("*", _all))
        {
            if (entry is FileInfo file)
                yield return file;
            else if (entry.LinkTarget is null)
            {
                foreach (var inner in Files(entry.FullName))
                    yield return inner;
            }
        }
    }

    // Links go, and what they lead to stays, as the runtime's own recursion does it.
    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Existing(HubCache cache, RepoId repo)
    {
        var folder = new DirectoryInfo(cache.RepoFolder(repo));
        if (!folder.Exists)
            throw new HubException(HubError.RepositoryNotFound, $"The cache {cache.Folder} has no {repo}; floyd cache lists what is there.");
        if (folder.LinkTarget is not null)
            throw new HubException(HubError.Cache, $"{folder.FullName} is a link to another place, where nothing is deleted; remove the link yourself.");
        return folder.FullName;
    }

    private static List<FileStream> TakeLocks(HubCache cache, RepoId repo)
    {
        List<FileStream> taken = [];
        foreach (var path in Directory.Exists(cache.LockFolder(repo)) ? Directory.GetFiles(cache.LockFolder(repo), "*.lock") : [])
        {
            if (HubLock.TryTake(path) is { } one)
            {
                taken.Add(one);
                continue;
            }

            taken.ForEach(t => t.Dispose());
            throw new HubException(HubError.Cache, $"{repo} is being downloaded by another program; wait for it or stop it, then delete.");
        }

        return taken;
    }

    private static HubException NotDeleted(string folder, Exception cause) =>
        new(HubError.Cache, $"{folder} cannot be deleted ({cause.Message.TrimEnd('.')}); check its permissions.", cause);
}

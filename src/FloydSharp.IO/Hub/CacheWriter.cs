using System.Text;

namespace FloydSharp.IO.Hub;

/// <summary>Puts files into a cache. Each appears under its own name only when it is complete; what is there already is not written again.</summary>
/// <param name="cache">The cache.</param>
/// <param name="allowLinks">Whether snapshots may link to blobs.</param>
internal sealed class CacheWriter(HubCache cache, bool allowLinks)
{
    private const string Tag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file marks a cache directory; see https://bford.info/cachedir/.

        """;

    private readonly Lazy<bool> _links = new(() => allowLinks && CanLink(cache.Folder));

    /// <summary>Makes the folders of a repository.</summary>
    public void Prepare(RepoId repo)
    {
        try
        {
            Directory.CreateDirectory(cache.Folder);
            var tag = Path.Combine(cache.Folder, "CACHEDIR.TAG");
            if (!File.Exists(tag))
                Replace(tag, Encoding.UTF8.GetBytes(Tag));
            Directory.CreateDirectory(Path.Combine(cache.RepoFolder(repo), "blobs"));
            Directory.CreateDirectory(cache.LockFolder(repo));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(cache.Folder, e);
        }
    }

    /// <summary>Shows a commit's file from the content that another commit has; false where no such content is there.</summary>
    public bool TryReuse(RepoId repo, string commit, HubFile file)
    {
        if (cache.Has(repo, commit, file))
            return true;
        var blob = cache.BlobFile(repo, file.Hash);
        if (HubCache.LengthOf(blob) != file.Size)
            return false;
        try
        {
            var target = NewFile(repo, commit, file.Path);
            if (_links.Value)
            {
                Link(target, file);
                return true;
            }

            var temporary = Temporary(target);
            File.Copy(blob, temporary);
            File.Move(temporary, target, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(cache.SnapshotFile(repo, commit, file.Path), e);
        }
    }

    /// <summary>Gives a complete and verified file its place.</summary>
    public void Store(string complete, RepoId repo, string commit, HubFile file)
    {
        try
        {
            var target = NewFile(repo, commit, file.Path);
            MoveComplete(complete, _links.Value ? cache.BlobFile(repo, file.Hash) : target, file);
            if (_links.Value)
                Link(target, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(cache.SnapshotFile(repo, commit, file.Path), e);
        }
    }

    /// <summary>Notes which commit a branch or tag is; last, so that a name never leads to a commit that is not complete.</summary>
    public void SetRef(RepoId repo, string revision, string commit)
    {
        if (!RepoPath.IsCommit(revision) && cache.CommitOf(repo, revision) != commit)
            WriteNote(cache.RefFile(repo, revision), Encoding.ASCII.GetBytes(commit));
    }

    /// <summary>Notes that a commit has no such file.</summary>
    public void SetAbsent(RepoId repo, string commit, string path)
    {
        var note = cache.AbsentFile(repo, commit, path);
        if (!File.Exists(note))
            WriteNote(note, []);
    }

    private static void WriteNote(string path, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Replace(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(path, e);
        }
    }

    private static void Replace(string path, byte[] bytes)
    {
        var temporary = Temporary(path);
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }

    // Where locks do not lock, another process may have given the same content its place meanwhile.
    private static void MoveComplete(string complete, string target, HubFile file)
    {
        try
        {
            File.Move(complete, target, overwrite: true);
        }
        catch (FileNotFoundException) when (HubCache.LengthOf(target) == file.Size)
        {
        }
    }

    private static void Link(string path, HubFile file)
    {
        var up = string.Concat(Enumerable.Repeat("../", 2 + file.Path.Count(c => c == '/')));
        var target = $"{up}blobs/{file.Hash}".Replace('/', Path.DirectorySeparatorChar);
        if (new FileInfo(path).LinkTarget == target)
            return;
        var temporary = Temporary(path);
        File.CreateSymbolicLink(temporary, target);
        File.Move(temporary, path, overwrite: true);
    }

    private static string Temporary(string path) => Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetRandomFileName()}.floyd");

    private static bool CanLink(string folder)
    {
        var trial = Path.Combine(folder, $".{Path.GetRandomFileName()}.floyd");
        try
        {
            File.CreateSymbolicLink(trial, "CACHEDIR.TAG");
            File.Delete(trial);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    private string NewFile(RepoId repo, string commit, string path)
    {
        var target = cache.SnapshotFile(repo, commit, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }
}

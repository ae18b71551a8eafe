using System.Text;
using FloydSharp.IO.Safetensors;

namespace FloydSharp.IO.Hub;

/// <summary>
/// Brings repositories of the Hub into a cache: just the files that are needed, several at once, verified by their hashes,
/// continued where an earlier run ended.
/// </summary>
/// <example><code>
/// using var client = new HubClient(HubSettings.FromEnvironment());
/// var downloader = new HubDownloader(client);
/// var pull = await downloader.PlanAsync(RepoId.Parse("DeepFloyd/IF-I-M-v1.0"), "main", new());
/// await downloader.DownloadAsync([pull]);
/// using var stage1 = IFPipeline.Load(pull.Folder);
/// </code></example>
public sealed class HubDownloader
{
    private const int MaxIndexBytes = 4 << 20;

    // What else grows on the disk meanwhile should not be what breaks a download at its end.
    private const long SpareBytes = 64 << 20;

    private readonly HubClient _client;

    /// <summary>Creates a downloader into the cache of the client's settings.</summary>
    /// <param name="client">Asks the Hub. Not disposed.</param>
    public HubDownloader(HubClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, Cache) = (client, new(client.Settings.CacheFolder));
    }

    /// <summary>The cache.</summary>
    public HubCache Cache { get; }

    /// <summary>Free bytes at a folder; replaced by tests.</summary>
    internal Func<string, long> FreeBytes { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Finds out what is to be downloaded of a repository. Writes nothing.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <param name="options">Which forms of the weights are wanted.</param>
    /// <param name="progress">Follows; null for nobody.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="FloydException">The repository cannot be had, or lacks what is needed.</exception>
    public async Task<HubPull> PlanAsync(
        RepoId repo, string revision, RepositoryPlanOptions options, IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var repository = await _client.GetRepositoryAsync(repo, revision, progress, cancellation).ConfigureAwait(false);
        var files = await _client.ListFilesAsync(repo, repository.Commit, progress, cancellation).ConfigureAwait(false);
        var index = files.FirstOrDefault(f => f.Path == RepositoryPlan.IndexName) is { } file
            ? await ReadIndexAsync(repository, file, progress, cancellation).ConfigureAwait(false)
            : null;
        var plan = RepositoryPlan.Make(repo, files, index, options);
        List<HubFile> missing = [.. plan.Files.Where(f => !Cache.Has(repo, repository.Commit, f) && HubCache.LengthOf(Cache.BlobFile(repo, f.Hash)) != f.Size)];
        var bytes = missing.Sum(f => f.Size - Math.Clamp(HubCache.LengthOf(Cache.PartialFile(repo, f.Hash)), 0, f.Size));
        return new(repository, plan, Cache.SnapshotFolder(repo, repository.Commit), missing, bytes);
    }

    /// <summary>Downloads what is missing. After any end, the next call goes on from there.</summary>
    /// <param name="pulls">What to download, as <see cref="PlanAsync"/> found it.</param>
    /// <param name="progress">Follows; null for nobody. Called from several threads, one at a time.</param>
    /// <param name="cancellation">Stops it; what was downloaded is kept.</param>
    /// <exception cref="HubException">A file cannot be had; the others that were finished are kept.</exception>
    public async Task DownloadAsync(IReadOnlyList<HubPull> pulls, IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pulls);
        CheckSpace(pulls.Sum(p => p.MissingBytes));
        var writer = new CacheWriter(Cache, _client.Settings.Symlinks);
        var download = new FileDownload(_client, Cache, writer, new OneAtATime(progress));
        var work = pulls.SelectMany(p => p.Plan.Files.Select(f => (p.Repository.Id, p.Repository.Commit, File: f)));
        var options = new ParallelOptions { MaxDegreeOfParallelism = _client.Settings.ParallelFiles, CancellationToken = cancellation };
        await Parallel.ForEachAsync(
            work, options, async (one, stop) => await download.RunAsync(one.Id, one.Commit, one.File, stop).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var pull in pulls)
        {
            CheckShards(pull);
            writer.SetRef(pull.Repository.Id, pull.Repository.Revision, pull.Repository.Commit);
        }
    }

    /// <summary>Downloads one file, unless the cache has it.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="path">The file, its folders joined by slashes.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <param name="progress">Follows; null for nobody.</param>
    /// <param name="cancellation">Stops it; what was downloaded is kept.</param>
    /// <returns>Its path in the cache.</returns>
    /// <exception cref="HubException">It cannot be had.</exception>
    public async Task<string> DownloadFileAsync(
        RepoId repo, string path, string revision = "main", IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        // A commit's files never change; a branch that cannot be asked for is what it was.
        var cached = Cache.FindFile(repo, path, revision);
        if (cached is not null && (RepoPath.IsCommit(revision) || _client.Settings.Offline))
            return cached;
        if (RepoPath.IsCommit(revision) && Cache.IsKnownAbsent(repo, path, revision))
            throw new HubException(HubError.FileNotFound, $"{repo} has no file {PrintableText.Of(path)} at {revision}; check the name.");
        var writer = new CacheWriter(Cache, _client.Settings.Symlinks);
        HubFileInfo info;
        try
        {
            info = await _client.GetFileInfoAsync(repo, revision, path, progress, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (e.Error == HubError.FileNotFound && RepoPath.IsCommit(revision))
        {
            writer.SetAbsent(repo, revision, path);
            throw;
        }
        catch (HubException e) when (cached is not null && e.Error is HubError.Unreachable or HubError.Server or HubError.RateLimited)
        {
            return cached;
        }

        CheckSpace(Cache.Has(repo, info.Commit, info.File) ? 0 : info.File.Size);
        await new FileDownload(_client, Cache, writer, new OneAtATime(progress)).RunAsync(repo, info.Commit, info.File, cancellation).ConfigureAwait(false);
        writer.SetRef(repo, revision, info.Commit);
        return Cache.SnapshotFile(repo, info.Commit, path);
    }

    private async Task<string> ReadIndexAsync(HubRepository repository, HubFile file, IProgress<HubEvent>? progress, CancellationToken cancellation)
    {
        var bytes = Cache.Has(repository.Id, repository.Commit, file)
            ? await File.ReadAllBytesAsync(Cache.SnapshotFile(repository.Id, repository.Commit, file.Path), cancellation).ConfigureAwait(false)
            : await _client.ReadAsync(repository.Id, repository.Commit, file, MaxIndexBytes, progress, cancellation).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes);
    }

    private void CheckSpace(long bytes)
    {
        if (bytes == 0)
            return;
        var folder = Cache.Folder;
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
            folder = above;
        long free;
        try
        {
            free = FreeBytes(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return; // The disk does not say; the download will.
        }

        if (free < bytes + SpareBytes)
            throw new HubException(HubError.DiskFull, $"The download takes {bytes / 1e9:0.00} GB, and the disk of {Cache.Folder} has {free / 1e9:0.00} GB left; free some space, or set HF_HOME to a folder on another disk.");
    }

    // File names told which shards belong together; the index is what decides.
    private void CheckShards(HubPull pull)
    {
        var files = pull.Plan.Files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var path in files.Where(f => f.Contains(FileNames.Extension + ".index.", StringComparison.Ordinal) || f.EndsWith(FileNames.Extension + ".index.json", StringComparison.Ordinal)))
        {
            var folder = path[..(path.LastIndexOf('/') + 1)];
            var index = ShardIndex.Open(Cache.SnapshotFile(pull.Repository.Id, pull.Repository.Commit, path));
            if (index.Shards.FirstOrDefault(s => !files.Contains(folder + s)) is { } lacking)
                throw new HubException(HubError.Unusable, $"{pull.Repository.Id}: {path} names {PrintableText.Of(lacking)}, which is not of the same variant or not there; the repository is not complete.");
        }
    }

    private sealed class OneAtATime(IProgress<HubEvent>? progress) : IProgress<HubEvent>
    {
        private readonly Lock _lock = new();

        public void Report(HubEvent value)
        {
            lock (_lock)
                progress?.Report(value);
        }
    }
}

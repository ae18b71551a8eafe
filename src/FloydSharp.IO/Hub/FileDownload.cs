using System.Buffers;

namespace FloydSharp.IO.Hub;

/// <summary>The download of one file into a cache: lock, continue, fetch, verify, give it its name.</summary>
/// <param name="client">Asks the Hub.</param>
/// <param name="cache">The cache.</param>
/// <param name="writer">Writes into it.</param>
/// <param name="progress">Follows.</param>
internal sealed class FileDownload(HubClient client, HubCache cache, CacheWriter writer, IProgress<HubEvent> progress)
{
    private const int Buffer = 1 << 18;
    private const int ReportEvery = 1 << 20;

    // Less than this between two failures counts as no progress, which bounds the tries of a file.
    private const int LeastProgress = 1 << 16;

    /// <summary>Downloads the file unless the cache has it.</summary>
    public async Task RunAsync(RepoId repo, string commit, HubFile file, CancellationToken cancellation)
    {
        if (cache.Has(repo, commit, file))
        {
            progress.Report(new HubEvent.Finished(repo, file, Downloaded: false));
            return;
        }

        writer.Prepare(repo);
        using var taken = await HubLock.TakeAsync(cache.LockFile(repo, file.Hash), () => OtherDownloads(repo, file), cancellation).ConfigureAwait(false);
        var reused = writer.TryReuse(repo, commit, file);
        if (!reused)
            await DownloadAsync(repo, commit, file, cancellation).ConfigureAwait(false);
        progress.Report(new HubEvent.Finished(repo, file, Downloaded: !reused));
    }

    private async Task DownloadAsync(RepoId repo, string commit, HubFile file, CancellationToken cancellation)
    {
        var path = cache.PartialFile(repo, file.Hash);
        try
        {
            using var partial = new PartialFile(path, file);
            progress.Report(new HubEvent.Started(repo, file, partial.Left));
            await partial.ReadLeftAsync(cancellation).ConfigureAwait(false);
            await FillAsync(partial, repo, commit, file, cancellation).ConfigureAwait(false);
            if (partial.Complete() is var wrong && wrong != file.Hash)
            {
                progress.Report(new HubEvent.Waiting(repo, file, $"{file.Path} is not what its hash says; it is downloaded again", TimeSpan.Zero));
                partial.Restart();
                await FillAsync(partial, repo, commit, file, cancellation).ConfigureAwait(false);
                if (partial.Complete() is var again && again != file.Hash)
                {
                    File.Delete(path);
                    throw HubFailure.WrongHash(repo, file, again);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubFailure.NotWritten(path, e);
        }

        writer.Store(path, repo, commit, file);
    }

    private async Task FillAsync(PartialFile partial, RepoId repo, string commit, HubFile file, CancellationToken cancellation)
    {
        var (furthest, failures) = (partial.Length, 0);
        while (partial.Length < file.Size)
        {
            try
            {
                using var content = await client.OpenAsync(repo, commit, file, partial.Length, cancellation).ConfigureAwait(false);
                if (content.From != partial.Length)
                    partial.Restart();
                await CopyAsync(content.Stream, partial, repo, file, cancellation).ConfigureAwait(false);
            }
            catch (TransientFault fault)
            {
                var reached = partial.Length;
                if (fault.FromZero)
                    partial.Restart();
                failures = reached - furthest >= LeastProgress ? 1 : failures + 1;
                furthest = Math.Max(furthest, reached);
                var wait = client.WaitAfter(fault, failures, $"{repo}, {file.Path}");
                progress.Report(new HubEvent.Waiting(repo, file, fault.Message, wait));
                await client.Delay(wait, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task CopyAsync(Stream body, PartialFile partial, RepoId repo, HubFile file, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            var reported = partial.Length;
            while (await client.ReadAsync(body, buffer, cancellation).ConfigureAwait(false) is > 0 and var count)
            {
                if (partial.Length + count > file.Size)
                {
                    // What came before may be as wrong as what is too much.
                    partial.Restart();
                    throw HubFailure.WrongSize(repo, file, partial.Length + count);
                }

                await partial.AppendAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                if (partial.Length - reported < ReportEvery && partial.Length < file.Size)
                    continue;
                reported = partial.Length;
                progress.Report(new HubEvent.Progress(repo, file, reported));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (partial.Length < file.Size)
            throw new TransientFault(HubError.Unreachable, $"the connection ended after {partial.Length} of {file.Size} bytes");
    }

    private void OtherDownloads(RepoId repo, HubFile file) =>
        progress.Report(new HubEvent.Waiting(repo, file, $"another program downloads {file.Path}; waiting for it", TimeSpan.Zero));
}

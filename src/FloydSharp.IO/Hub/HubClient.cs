using System.Buffers;
using System.Net;
using System.Text.Json;

namespace FloydSharp.IO.Hub;

/// <summary>
/// Asks the Hub: which commit a revision is, which files it has, and for their bytes. Failures that may pass are tried up to six
/// times with growing waits; what does not pass is a <see cref="HubException"/> that says what to do.
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int MaxJsonBytes = 32 << 20;
    private const int MaxPages = 200;
    private const int MaxFiles = 200_000;

    private static readonly int[] _waits = [1, 2, 4, 8, 8];

    private readonly HubConnection _connection;

    /// <summary>Creates a client.</summary>
    /// <param name="settings">Where the Hub is.</param>
    /// <param name="handler">Carries the requests, and must not follow redirects by itself; null for the network. Not disposed.</param>
    public HubClient(HubSettings settings, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        Settings = settings;
        _connection = new(settings, handler);
    }

    /// <summary>Where the Hub is, and how it is used.</summary>
    public HubSettings Settings { get; }

    /// <summary>Lets time pass between tries.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;

    /// <summary>Finds the commit of a revision.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">A branch, a tag, a commit, or such as <c>refs/pr/1</c>.</param>
    /// <param name="progress">Hears of waits; null for nobody.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="HubException">The Hub does not say.</exception>
    public async Task<HubRepository> GetRepositoryAsync(
        RepoId repo, string revision = "main", IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repo);
        RepoPath.CheckRevision(revision);
        var address = new Uri($"{Settings.Endpoint}/api/models/{repo}/revision/{Uri.EscapeDataString(revision)}");
        var (json, _) = await GetJsonAsync(address, repo, revision, progress, cancellation).ConfigureAwait(false);
        using (json)
        {
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "sha") is not { } commit || !RepoPath.IsCommit(commit))
                throw NotAHub(address, "no commit");
            if (RepoPath.IsCommit(revision) && commit != revision)
                throw NotAHub(address, "another commit");
            return new(repo, revision, commit, root.TryGetProperty("gated", out var gated) && gated.ValueKind is JsonValueKind.String or JsonValueKind.True);
        }
    }

    /// <summary>Lists all files of a commit.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="progress">Hears of waits; null for nobody.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The files, those left out whose names not every system can have.</returns>
    /// <exception cref="HubException">The Hub does not say, or names files that would leave their folder.</exception>
    public async Task<IReadOnlyList<HubFile>> ListFilesAsync(
        RepoId repo, string commit, IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repo);
        RepoPath.CheckRevision(commit);
        Dictionary<string, HubFile> files = new(StringComparer.Ordinal);
        var next = new Uri($"{Settings.Endpoint}/api/models/{repo}/tree/{Uri.EscapeDataString(commit)}?recursive=true&expand=false");
        for (var page = 0; next is not null; page++)
        {
            var address = next;
            if (page == MaxPages)
                throw NotAHub(address, $"more than {MaxPages} pages of files");
            (var json, next) = await GetJsonAsync(address, repo, commit, progress, cancellation).ConfigureAwait(false);
            using (json)
            {
                if (json.RootElement.ValueKind != JsonValueKind.Array)
                    throw NotAHub(address, "no list of files");
                foreach (var entry in json.RootElement.EnumerateArray())
                {
                    if (FileOf(entry, repo, address) is { } file && (!files.TryAdd(file.Path, file) || files.Count > MaxFiles))
                        throw NotAHub(address, "the same file twice, or too many files");
                }
            }
        }

        return [.. files.Values];
    }

    /// <summary>Asks about one file without getting it.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <param name="path">The file.</param>
    /// <param name="progress">Hears of waits; null for nobody.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="HubException">There is no such file, or the answer lacks what every Hub says.</exception>
    public async Task<HubFileInfo> GetFileInfoAsync(
        RepoId repo, string revision, string path, IProgress<HubEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repo);
        ArgumentNullException.ThrowIfNull(path);
        RepoPath.CheckRevision(revision);
        if (!RepoPath.IsSafe(path))
            throw new FloydException($"'{PrintableText.Of(path)}' cannot be a file of a repository; give a name such as unet/config.json.");
        return await WithRetries(
            async () =>
            {
                using var response = await _connection.AskAsync(HttpMethod.Head, ResolveAddress(repo, revision, path), 0, cancellation).ConfigureAwait(false);
                if (response.Elsewhere is null && !response.Message.IsSuccessStatusCode)
                    throw HubFailure.Of(response.Message, Settings, repo, revision, path);
                return InfoOf(response, path);
            },
            repo,
            progress,
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Gets a small file whole, and checks its hash.</summary>
    /// <exception cref="HubException">It is not there, too large, or not what its hash says.</exception>
    internal async Task<byte[]> ReadAsync(RepoId repo, string commit, HubFile file, int maxBytes, IProgress<HubEvent>? progress, CancellationToken cancellation)
    {
        if (file.Size > maxBytes)
            throw new HubException(HubError.Unusable, $"{repo}: {file.Path} has {file.Size} bytes where at most {maxBytes} are expected; is it the right repository?");
        return await WithRetries(
            async () =>
            {
                using var content = await OpenAsync(repo, commit, file, 0, cancellation).ConfigureAwait(false);
                var bytes = await ReadBodyAsync(content.Stream, maxBytes, cancellation).ConfigureAwait(false);
                if (bytes.Length < file.Size)
                    throw new TransientFault(HubError.Unreachable, $"{file.Path} ended after {bytes.Length} of {file.Size} bytes");
                return bytes.Length == file.Size && ContentHash.Of(file, bytes) == file.Hash
                    ? bytes
                    : throw new TransientFault(HubError.Damaged, $"{file.Path} is not what its hash says");
            },
            repo,
            progress,
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Begins to get a file: one try. Each asks the Hub again, because signed addresses expire.</summary>
    /// <param name="repo">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Its bytes from there on, or from the first one where the server cannot do otherwise.</returns>
    /// <exception cref="TransientFault">It failed in a way that may pass.</exception>
    /// <exception cref="HubException">It cannot work.</exception>
    internal async Task<HubContent> OpenAsync(RepoId repo, string commit, HubFile file, long from, CancellationToken cancellation)
    {
        var answer = await _connection.AskAsync(HttpMethod.Get, ResolveAddress(repo, commit, file.Path), from, cancellation).ConfigureAwait(false);
        var response = answer.Message;
        try
        {
            if (answer.Elsewhere is null && !response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                throw HubFailure.Of(response, Settings, repo, commit, file.Path);
            CheckAnnounced(answer, repo, commit, file);
            if (answer.Elsewhere is { } elsewhere)
            {
                response.Dispose();
                response = await _connection.FetchAsync(elsewhere, from, cancellation).ConfigureAwait(false);
            }

            var begin = Begin(response, repo, file, from);
            var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            return new(HubContent.Plain(body, response, $"{repo}, {file.Path}"), begin, response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next bytes of a body.</summary>
    /// <exception cref="TransientFault">The connection broke or stands still.</exception>
    internal async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Settings.ReadTimeout);
        try
        {
            return await body.ReadAsync(buffer, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientFault(HubError.Unreachable, $"nothing came for {Settings.ReadTimeout.TotalSeconds:0.#} seconds", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            throw new TransientFault(HubError.Unreachable, $"the connection broke ({PrintableText.Of(e.Message.TrimEnd('.'))})", e);
        }
    }

    /// <summary>The wait before a try, after so many failures without progress.</summary>
    /// <exception cref="HubException">There were too many.</exception>
    internal TimeSpan WaitAfter(TransientFault fault, int failures, string what) =>
        failures <= _waits.Length ? fault.Wait ?? TimeSpan.FromSeconds(_waits[failures - 1]) : throw HubFailure.Lasting(fault, what, Settings);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static HubFileInfo InfoOf(HubResponse response, string path)
    {
        var commit = response.Header("X-Repo-Commit") is { } text && RepoPath.IsCommit(text) ? text : throw HubFailure.Missing("X-Repo-Commit", response.Address);
        var hash = ETag(response.Header("X-Linked-Etag")) ?? (response.Elsewhere is null ? ETag(response.Header("ETag")) : null)
            ?? throw HubFailure.Missing(response.Elsewhere is null ? "ETag" : "X-Linked-Etag", response.Address);
        var plainLength = response.Elsewhere is null && HubContent.Encoding(response.Message) is null ? response.Message.Content.Headers.ContentLength : null;
        var size = long.TryParse(response.Header("X-Linked-Size"), out var linked) ? linked : plainLength ?? -1;
        return size >= 0 ? new(commit, new(path, size, hash)) : throw HubFailure.Missing(response.Elsewhere is null ? "Content-Length" : "X-Linked-Size", response.Address);
    }

    // What the Hub says about a file must be what its list said; the host of the content says nothing that counts.
    private static void CheckAnnounced(HubResponse answer, RepoId repo, string commit, HubFile file)
    {
        if (answer.Message.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return;
        if (answer.Header("X-Repo-Commit") is not { } said)
            throw HubFailure.Missing("X-Repo-Commit", answer.Address);
        if (RepoPath.IsCommit(commit) && said != commit)
            throw NotAHub(answer.Address, "another commit");
        if (ETag(answer.Header("X-Linked-Etag")) is { } hash && hash != file.Hash)
            throw new HubException(HubError.Damaged, $"{repo}: {file.Path} is announced with the hash {hash} where the Hub's list says {file.Hash}; try again, or without the proxy or mirror.");
        if (long.TryParse(answer.Header("X-Linked-Size"), out var size) && size != file.Size)
            throw HubFailure.WrongSize(repo, file, size);
    }

    private static long Begin(HttpResponseMessage response, RepoId repo, HubFile file, long from)
    {
        var host = response.RequestMessage!.RequestUri!.Authority;
        var length = HubContent.Encoding(response) is null ? response.Content.Headers.ContentLength : null;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                var range = response.Content.Headers.ContentRange;
                if (range is { Length: { } total } && total != file.Size)
                    throw HubFailure.WrongSize(repo, file, total);
                return range is { HasRange: true, HasLength: true } && range.From == from && HubContent.Encoding(response) is null
                    ? from
                    : throw new TransientFault(HubError.Server, $"{host} sends another part of {file.Path} than was asked for") { FromZero = true };
            case HttpStatusCode.OK:
                return length is null || length == file.Size ? 0 : throw HubFailure.WrongSize(repo, file, length.Value);
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new TransientFault(HubError.Server, $"{host} has nothing after byte {from} of {file.Path}") { FromZero = true };
            default:
                throw new TransientFault(HubError.Server, $"{host} answers {(int)response.StatusCode} for {file.Path}; its signed address may have expired");
        }
    }

    // Null for a folder, and for a name that not every system can have.
    private static HubFile? FileOf(JsonElement entry, RepoId repo, Uri address)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "path") is not { } path)
            throw NotAHub(address, "a file without a path");
        if (RepoPath.IsHostile(path))
            throw new HubException(HubError.NotAHub, $"{repo} lists a file '{PrintableText.Of(path)}', a name that leads out of its folder or is not printable; nothing of this is downloaded: check HF_ENDPOINT.");
        if (Text(entry, "type") != "file" || !RepoPath.IsSafe(path))
            return null;
        var large = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        var (source, digits) = large ? (lfs, 64) : (entry, 40);
        return Text(source, "oid") is { } hash && RepoPath.IsHex(hash, digits)
            && source.TryGetProperty("size", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var size) && size >= 0
            ? new(path, size, hash)
            : throw NotAHub(address, $"neither size nor hash of {PrintableText.Of(path)}");
    }

    private static string? Text(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escape that is half a character.
        }
    }

    private static string? ETag(string? header)
    {
        if (header is null)
            return null;
        var text = (header.StartsWith("W/", StringComparison.Ordinal) ? header[2..] : header).Trim('"');
        return RepoPath.IsHex(text, 40) || RepoPath.IsHex(text, 64) ? text : null;
    }

    private static HubException NotAHub(Uri address, string problem) => new(
        HubError.NotAHub, $"{HubFailure.Address(address)} answers with {problem}, which no Hub does; check HF_ENDPOINT, the proxy, or whether the network asks to sign in first.");

    private Uri ResolveAddress(RepoId repo, string revision, string path) =>
        new($"{Settings.Endpoint}/{repo}/resolve/{Uri.EscapeDataString(revision)}/{RepoPath.Escape(path)}");

    private async Task<(JsonDocument Json, Uri? Next)> GetJsonAsync(
        Uri address, RepoId repo, string revision, IProgress<HubEvent>? progress, CancellationToken cancellation) => await WithRetries(
        async () =>
        {
            using var response = await _connection.AskAsync(HttpMethod.Get, address, 0, cancellation).ConfigureAwait(false);
            if (response.Elsewhere is not null)
                throw NotAHub(address, "a redirect to another host");
            if (!response.Message.IsSuccessStatusCode)
                throw HubFailure.Of(response.Message, Settings, repo, revision, null);
            var body = await response.Message.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            using var plain = HubContent.Plain(body, response.Message, HubFailure.Address(address));
            var bytes = await ReadBodyAsync(plain, MaxJsonBytes, cancellation).ConfigureAwait(false);
            try
            {
                return (JsonDocument.Parse(bytes), NextPage(response));
            }
            catch (JsonException e)
            {
                throw new HubException(HubError.NotAHub, NotAHub(address, "something that is not JSON").Message, e);
            }
        },
        repo,
        progress,
        cancellation).ConfigureAwait(false);

    private Uri? NextPage(HubResponse response)
    {
        foreach (var link in response.Message.Headers.TryGetValues("Link", out var values) ? values.SelectMany(v => v.Split(',')) : [])
        {
            var (open, close) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
            if (open < 0 || close < open || !link[close..].Contains("rel=\"next\"", StringComparison.Ordinal))
                continue;
            return Uri.TryCreate(response.Address, link[(open + 1)..close], out var next) && _connection.IsHub(next) ? next : throw NotAHub(response.Address, "a next page on another host");
        }

        return null;
    }

    private async Task<byte[]> ReadBodyAsync(Stream body, int maxBytes, CancellationToken cancellation)
    {
        using var result = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            while (await ReadAsync(body, buffer, cancellation).ConfigureAwait(false) is > 0 and var count)
            {
                if (result.Length + count > maxBytes)
                    throw new HubException(HubError.NotAHub, $"The Hub answers with more than {maxBytes} bytes where less is expected; check HF_ENDPOINT.");
                result.Write(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return result.ToArray();
    }

    private async Task<T> WithRetries<T>(Func<Task<T>> attempt, RepoId repo, IProgress<HubEvent>? progress, CancellationToken cancellation)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientFault fault)
            {
                var wait = WaitAfter(fault, failures, repo.Text);
                progress?.Report(new HubEvent.Waiting(repo, null, fault.Message, wait));
                await Delay(wait, cancellation).ConfigureAwait(false);
            }
        }
    }
}

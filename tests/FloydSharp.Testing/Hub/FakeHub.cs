using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace FloydSharp.Testing.Hub;

/// <summary>
/// A Hub on 127.0.0.1, with a second server on another port that keeps the large files as the real one's storage hosts do: by
/// signed addresses, without the token and without the Hub's headers.
/// </summary>
public sealed class FakeHub : IDisposable
{
    private readonly Dictionary<string, FakeRepository> _repositories = [];
    private readonly ConcurrentDictionary<string, byte[]> _signed = new();
    private readonly LoopbackServer _hub;
    private readonly LoopbackServer _storage;
    private int _signatures;

    public FakeHub()
    {
        _hub = new(AnswerHub);
        _storage = new(AnswerStorage);
    }

    public string Address => _hub.Address;

    /// <summary>The token that opens gated repositories.</summary>
    public string Token { get; set; } = "hf_test";

    /// <summary>Files on a page of a list.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Turns the Hub's answers into others, or leaves them.</summary>
    public Func<FakeRequest, FakeReply, FakeReply> HubFault { get; set; } = (_, reply) => reply;

    /// <summary>Turns the storage's answers into others, or leaves them.</summary>
    public Func<FakeRequest, FakeReply, FakeReply> StorageFault { get; set; } = (_, reply) => reply;

    public IReadOnlyList<FakeRequest> HubRequests => _hub.Requests;

    public IReadOnlyList<FakeRequest> StorageRequests => _storage.Requests;

    /// <summary>Bytes of large files that were sent.</summary>
    public long StorageBytes => _storage.Sent;

    public FakeRepository Add(string id, string commit = "0123456789abcdef0123456789abcdef01234567") => _repositories[id] = new(id, commit);

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
    }

    private FakeReply AnswerHub(FakeRequest request) => HubFault(request, HubReply(request));

    private FakeReply HubReply(FakeRequest request)
    {
        var path = Uri.UnescapeDataString(request.Path).TrimStart('/');
        foreach (var repository in _repositories.Values)
        {
            if (path == $"api/models/{repository.Id}/revision/main" || path == $"api/models/{repository.Id}/revision/{repository.Commit}")
                return Json($"{{\"sha\": \"{repository.Commit}\", \"gated\": {(repository.Gated ? "\"auto\"" : "false")}}}");
            if (path.StartsWith($"api/models/{repository.Id}/revision/", StringComparison.Ordinal))
                return Error(404, "RevisionNotFound");
            if (path.StartsWith($"api/models/{repository.Id}/tree/", StringComparison.Ordinal))
                return Tree(repository, request);
            if (path.StartsWith($"api/resolve-cache/models/{repository.Id}/{repository.Commit}/", StringComparison.Ordinal))
                return Small(repository, path[$"api/resolve-cache/models/{repository.Id}/{repository.Commit}/".Length..], request);
            if (path.StartsWith($"{repository.Id}/resolve/", StringComparison.Ordinal))
                return Resolve(repository, path[$"{repository.Id}/resolve/".Length..], request);
        }

        return Error(401, "RepoNotFound");
    }

    private FakeReply Resolve(FakeRepository repository, string rest, FakeRequest request)
    {
        var (revision, path) = (rest.Split('/')[0], rest[(rest.IndexOf('/') + 1)..]);
        if (repository.Gated && request.Header("Authorization") != $"Bearer {Token}")
            return request.Header("Authorization") is null ? Error(401, "GatedRepo") : Error(401, null).With("X-Error-Message", "Invalid credentials in Authorization header");
        if (revision != "main" && revision != repository.Commit)
            return Error(404, "RevisionNotFound");
        if (!repository.Files.TryGetValue(path, out var content))
            return Error(404, "EntryNotFound").With("X-Repo-Commit", repository.Commit);
        if (!FakeRepository.IsLarge(path))
            return new FakeReply(307).With("Location", $"/api/resolve-cache/models/{repository.Id}/{repository.Commit}/{path}?etag=x").With("X-Repo-Commit", repository.Commit);
        var signature = $"/blobs/{repository.HashOf(path)}?signature={Interlocked.Increment(ref _signatures)}";
        _signed[signature] = content;
        return new FakeReply(302)
            .With("Location", _storage.Address + signature)
            .With("X-Repo-Commit", repository.Commit)
            .With("X-Linked-Etag", $"\"{repository.HashOf(path)}\"")
            .With("X-Linked-Size", $"{content.Length}");
    }

    private static FakeReply Small(FakeRepository repository, string path, FakeRequest request) =>
        Ranged(repository.Files[path], request).With("X-Repo-Commit", repository.Commit).With("ETag", $"\"{repository.HashOf(path)}\"");

    private FakeReply AnswerStorage(FakeRequest request)
    {
        if (request.Header("Authorization") is not null)
            return StorageFault(request, new FakeReply(400));
        // Its own mark looks like a hash of the file and is none.
        var reply = _signed.TryGetValue(request.Target, out var content)
            ? Ranged(content, request).With("ETag", $"\"{new string('e', 64)}\"")
            : new FakeReply(403);
        return StorageFault(request, reply);
    }

    private FakeReply Tree(FakeRepository repository, FakeRequest request)
    {
        var page = request.Target.Split("cursor=") is [_, var cursor] ? int.Parse(cursor) : 0;
        var entries = repository.Files.Skip(page * PageSize).Take(PageSize).Select(f => Entry(f.Key, f.Value));
        var folders = page == 0 ? ["{\"type\": \"directory\", \"path\": \"a-folder\", \"oid\": \"1\", \"size\": 0}"] : Array.Empty<string>();
        var reply = Json($"[{string.Join(',', folders.Concat(entries))}]");
        return (page + 1) * PageSize < repository.Files.Count
            ? reply.With("Link", $"<{_hub.Address}{request.Path}?recursive=true&expand=false&cursor={page + 1}>; rel=\"next\"")
            : reply;
    }

    private static string Entry(string path, byte[] content)
    {
        var hash = FakeRepository.HashOf(path, content);
        var name = JsonSerializer.Serialize(path);
        return FakeRepository.IsLarge(path)
            ? $"{{\"type\": \"file\", \"path\": {name}, \"oid\": \"{new string('a', 40)}\", \"size\": {content.Length}, \"lfs\": {{\"oid\": \"{hash}\", \"size\": {content.Length}, \"pointerSize\": 134}}}}"
            : $"{{\"type\": \"file\", \"path\": {name}, \"oid\": \"{hash}\", \"size\": {content.Length}}}";
    }

    private static FakeReply Ranged(byte[] content, FakeRequest request)
    {
        if (request.From == 0)
            return new(200) { Body = content };
        return request.From >= content.Length
            ? new FakeReply(416).With("Content-Range", $"bytes */{content.Length}")
            : new FakeReply(206) { Body = content.AsMemory((int)request.From) }.With("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}");
    }

    private static FakeReply Json(string text) => new FakeReply(200) { Body = Encoding.UTF8.GetBytes(text) }.With("Content-Type", "application/json");

    private static FakeReply Error(int status, string? code)
    {
        var reply = new FakeReply(status).With("X-Request-Id", "Root=1-test");
        return code is null ? reply : reply.With("X-Error-Code", code);
    }
}

using System.IO.Compression;
using System.Net;
using System.Text;
using FloydSharp.IO.Hub;
using FloydSharp.Testing.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public sealed class HubClientTests : IDisposable
{
    private readonly HubScene _scene = new();

    public static TheoryData<int, string?, string?, bool, HubError, string> Answers => new()
    {
        { 401, "RepoNotFound", null, false, HubError.RepositoryNotFound, "private or gated" },
        { 401, null, null, false, HubError.RepositoryNotFound, "set HF_TOKEN" },
        { 404, "RepoNotFound", null, true, HubError.RepositoryNotFound, "this token may not see" },
        { 401, "GatedRepo", null, false, HubError.Gated, "accept its licence" },
        { 403, "GatedRepo", null, true, HubError.Gated, "with that account" },
        { 401, null, "Invalid credentials in Authorization header", true, HubError.BadToken, "expired" },
        { 401, "RepoNotFound", "Invalid credentials in Authorization header", true, HubError.BadToken, "expired" },
        { 404, "RevisionNotFound", null, false, HubError.RevisionNotFound, "no branch, tag or commit 'main'" },
        { 403, null, "Access to this resource is disabled.", false, HubError.Disabled, "disabled" },
        { 403, null, null, true, HubError.NoPermission, "fine-grained" },
        { 418, null, "I am a\u001b[31m teapot", false, HubError.Server, "418" },
    };

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task GetRepository_OfABranch_GivesItsCommit()
    {
        _scene.AddModel().Gated = true;
        var repository = await _scene.Client().GetRepositoryAsync(_scene.Id, "main");
        Assert.Equal((HubScene.Commit, true), (repository.Commit, repository.IsGated));
    }

    [Fact]
    public async Task GetRepository_OfAPullRequest_EscapesItsName()
    {
        _scene.AddModel();
        await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetRepositoryAsync(_scene.Id, "refs/pr/1"));
        Assert.EndsWith("/revision/refs%2Fpr%2F1", _scene.Hub.HubRequests.Single().Target, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task GetRepository_OfEachRefusal_SaysWhatToDo(int status, string? code, string? message, bool token, HubError error, string words)
    {
        _scene.AddModel();
        _scene.Hub.HubFault = (_, _) => new FakeReply(status)
        {
            Headers = new Dictionary<string, string?> { ["X-Error-Code"] = code, ["X-Error-Message"] = message?.Replace('\u001b', '?'), ["X-Request-Id"] = "Root=7" }
                .Where(h => h.Value is not null).ToDictionary(h => h.Key, h => h.Value!),
        };
        using var client = _scene.Client(_scene.Settings with { Token = token ? "hf_secret" : null });
        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetRepositoryAsync(_scene.Id));
        Assert.Equal(error, failure.Error);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Root=7", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_scene.Waits);
    }

    [Theory]
    [InlineData("<html>sign in</html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"sha\": \"main\"}")]
    [InlineData("{\"sha\": \"\\ud800\"}")]
    public async Task GetRepository_OfAnAnswerThatIsNoHubs_SaysSo(string body)
    {
        _scene.Hub.HubFault = (_, _) => new(200) { Body = Encoding.UTF8.GetBytes(body) };
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetRepositoryAsync(_scene.Id));
        Assert.Equal(HubError.NotAHub, failure.Error);
    }

    [Theory]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=41", 42)]
    [InlineData("Retry-After", "17", 17)]
    [InlineData("X-Other", "1", 1)]
    public async Task GetRepository_UnderALimit_WaitsAsLongAsAsked(string header, string value, int seconds)
    {
        _scene.AddModel();
        _scene.Hub.HubFault = (_, reply) => _scene.Hub.HubRequests.Count == 1 ? new FakeReply(429).With(header, value) : reply;
        await _scene.Client().GetRepositoryAsync(_scene.Id, progress: _scene);
        Assert.Equal([TimeSpan.FromSeconds(seconds)], _scene.Waits);
        Assert.Equal(TimeSpan.FromSeconds(seconds), Assert.IsType<HubEvent.Waiting>(_scene.Events.Single()).Wait);
    }

    [Fact]
    public async Task GetRepository_UnderALimitOfAnHour_SaysSoInsteadOfWaiting()
    {
        _scene.Hub.HubFault = (_, _) => new FakeReply(429).With("Retry-After", "3600");
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetRepositoryAsync(_scene.Id));
        Assert.Equal(HubError.RateLimited, failure.Error);
        Assert.Contains("60 minutes", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_scene.Waits);
    }

    [Theory]
    [InlineData(408, HubError.Server)]
    [InlineData(429, HubError.RateLimited)]
    [InlineData(500, HubError.Server)]
    [InlineData(502, HubError.Server)]
    [InlineData(503, HubError.Server)]
    [InlineData(504, HubError.Server)]
    public async Task GetRepository_OfAServerThatGoesOnFailing_EndsAfterFiveMoreTries(int status, HubError error)
    {
        _scene.Hub.HubFault = (_, _) => new(status);
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetRepositoryAsync(_scene.Id));
        Assert.Equal(error, failure.Error);
        Assert.Equal([1, 2, 4, 8, 8], _scene.Waits.Select(w => (int)w.TotalSeconds));
        Assert.Equal(6, _scene.Hub.HubRequests.Count);
    }

    [Fact]
    public async Task GetRepository_OfNobody_SaysWhoDoesNotAnswer()
    {
        using var client = _scene.Client(_scene.Settings with { Endpoint = "http://127.0.0.1:1" });
        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetRepositoryAsync(_scene.Id));
        Assert.Equal(HubError.Unreachable, failure.Error);
        Assert.Contains("127.0.0.1:1 cannot be reached", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetRepository_OfASlowServer_TriesAgain()
    {
        _scene.AddModel();
        _scene.Hub.HubFault = (_, reply) => _scene.Hub.HubRequests.Count == 1 ? reply with { Late = TimeSpan.FromSeconds(30) } : reply;
        using var client = _scene.Client(_scene.Settings with { AnswerTimeout = TimeSpan.FromSeconds(0.5) });
        await client.GetRepositoryAsync(_scene.Id, progress: _scene);
        Assert.Contains("did not answer within 0.5 seconds", Assert.IsType<HubEvent.Waiting>(_scene.Events.Single()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetRepository_Offline_AsksNobody()
    {
        _scene.AddModel();
        using var client = _scene.Client(_scene.Settings with { Offline = true });
        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetRepositoryAsync(_scene.Id));
        Assert.Equal(HubError.Offline, failure.Error);
        Assert.Empty(_scene.Hub.HubRequests);
    }

    [Fact]
    public async Task GetRepository_WhenCancelled_Stops()
    {
        using var cancel = new CancellationTokenSource();
        _scene.Hub.HubFault = (_, reply) =>
        {
            cancel.Cancel();
            return reply with { Late = TimeSpan.FromSeconds(30) };
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _scene.Client().GetRepositoryAsync(_scene.Id, cancellation: cancel.Token));
    }

    [Fact]
    public async Task GetRepository_CompressedUnasked_IsRead()
    {
        _scene.AddModel();
        _scene.Hub.HubFault = (_, reply) => reply with { Body = Gzip(reply.Body.ToArray()), Headers = new() { ["Content-Encoding"] = "gzip" } };
        Assert.Equal(HubScene.Commit, (await _scene.Client().GetRepositoryAsync(_scene.Id)).Commit);
    }

    [Fact]
    public async Task ListFiles_InPages_FindsAll()
    {
        var repository = _scene.AddModel();
        for (var i = 0; i < 20; i++)
            repository.Add($"tokenizer/part{i}.txt", $"{i}");
        _scene.Hub.PageSize = 7;
        var files = await _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit);
        Assert.Equal(repository.Files.Keys.Order(StringComparer.Ordinal), files.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Equal((repository.Files[f.Path].Length, repository.HashOf(f.Path)), (f.Size, f.Hash)));
        Assert.Equal(4, _scene.Hub.HubRequests.Count);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("..\\x")]
    [InlineData("a\\b")]
    [InlineData("C:/x")]
    [InlineData("\\\\server\\x")]
    [InlineData("a\u001b[31m")]
    [InlineData("a\0")]
    public async Task ListFiles_WithAHostileName_RefusesTheWhole(string name)
    {
        _scene.AddModel().Add(name, "x");
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit));
        Assert.Equal(HubError.NotAHub, failure.Error);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public async Task ListFiles_WithNamesThatNotAllSystemsKnow_LeavesThemOut()
    {
        var repository = _scene.AddModel().Add("images/what?.png", "x").Add("images/a:b.png", "x");
        var files = await _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit);
        Assert.Equal(repository.Files.Count - 2, files.Count);
    }

    [Theory]
    [InlineData("[{\"type\": \"file\", \"path\": \"a\", \"oid\": \"0\", \"size\": 1}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"a\", \"size\": 1}]")]
    [InlineData("[{\"type\": \"file\", \"path\": 7}]")]
    [InlineData("[7]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"a\", \"oid\": \"0123456789abcdef0123456789abcdef01234567\", \"size\": -1}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"a\", \"oid\": \"0123456789abcdef0123456789abcdef01234567\", \"size\": 1, \"lfs\": {\"oid\": \"../../x\", \"size\": 1}}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"a\", \"oid\": \"0123456789abcdef0123456789abcdef01234567\", \"size\": 1}, {\"type\": \"file\", \"path\": \"a\", \"oid\": \"0123456789abcdef0123456789abcdef01234567\", \"size\": 1}]")]
    [InlineData("{\"error\": \"no\"}")]
    public async Task ListFiles_OfAnAnswerThatIsNoHubs_SaysSo(string body)
    {
        _scene.Hub.HubFault = (_, _) => new(200) { Body = Encoding.UTF8.GetBytes(body) };
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit));
        Assert.Equal(HubError.NotAHub, failure.Error);
    }

    [Fact]
    public async Task ListFiles_WithPagesWithoutEnd_Ends()
    {
        _scene.Hub.HubFault = (request, _) => new FakeReply(200) { Body = "[]"u8.ToArray() }.With("Link", $"<{_scene.Hub.Address}{request.Target}>; rel=\"next\"");
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit));
        Assert.Contains("pages", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListFiles_WithItsNextPageElsewhere_Refuses()
    {
        _scene.Hub.HubFault = (_, _) => new FakeReply(200) { Body = "[]"u8.ToArray() }.With("Link", "<http://127.0.0.1:1/tree>; rel=\"next\"");
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().ListFilesAsync(_scene.Id, HubScene.Commit));
        Assert.Contains("another host", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet/diffusion_pytorch_model.safetensors")]
    [InlineData("unet/config.json")]
    public async Task GetFileInfo_OfLargeAndSmallFiles_KnowsSizeAndHash(string path)
    {
        var repository = _scene.AddModel();
        var info = await _scene.Client().GetFileInfoAsync(_scene.Id, "main", path);
        Assert.Equal(new(HubScene.Commit, new(path, repository.Files[path].Length, repository.HashOf(path))), info);
        Assert.Empty(_scene.Hub.StorageRequests);
        Assert.All(_scene.Hub.HubRequests, r => Assert.Equal(("HEAD", "identity"), (r.Method, r.Header("Accept-Encoding"))));
    }

    [Theory]
    [InlineData("unet/diffusion_pytorch_model.safetensors", "X-Repo-Commit")]
    [InlineData("unet/diffusion_pytorch_model.safetensors", "X-Linked-Etag")]
    [InlineData("unet/diffusion_pytorch_model.safetensors", "X-Linked-Size")]
    [InlineData("unet/config.json", "X-Repo-Commit")]
    [InlineData("unet/config.json", "ETag")]
    [InlineData("unet/config.json", "Content-Length")]
    public async Task GetFileInfo_WithoutAHeader_NamesAddressAndHeader(string path, string header)
    {
        _scene.AddModel();
        _scene.Hub.HubFault = (_, reply) => reply.Without(header) with { SaysLength = header != "Content-Length" };
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetFileInfoAsync(_scene.Id, "main", path));
        Assert.Equal(HubError.NotAHub, failure.Error);
        Assert.Contains(header, failure.Message, StringComparison.Ordinal);
        Assert.Contains(_scene.Hub.Address, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetFileInfo_OfAWeakMark_ReadsTheHashInIt()
    {
        var repository = _scene.AddModel();
        _scene.Hub.HubFault = (_, reply) => reply.Headers.TryGetValue("ETag", out var mark) ? reply.With("ETag", "W/" + mark) : reply;
        Assert.Equal(repository.HashOf("unet/config.json"), (await _scene.Client().GetFileInfoAsync(_scene.Id, "main", "unet/config.json")).File.Hash);
    }

    [Fact]
    public async Task GetFileInfo_OfAFileThatIsNotThere_SaysSo()
    {
        _scene.AddModel();
        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Client().GetFileInfoAsync(_scene.Id, "main", "unet/nothing.json"));
        Assert.Equal(HubError.FileNotFound, failure.Error);
    }

    [Theory]
    [InlineData("https://huggingface.co/renamed", true)]
    [InlineData("/renamed", true)]
    [InlineData("https://mirror.example/renamed", true)]
    [InlineData("https://mirror.example:8443/renamed", false)]
    [InlineData("https://mirror.example.evil.example/renamed", false)]
    [InlineData("https://huggingface.co.evil.example/renamed", false)]
    [InlineData("https://huggingface.co:444/renamed", false)]
    public async Task Requests_ThatAreRedirected_KeepTheTokenAmongHubHosts(string target, bool kept)
    {
        using var handler = new StubHandler(request => request.RequestUri!.AbsolutePath == "/renamed"
            ? new(HttpStatusCode.OK) { Content = new StringContent($"{{\"sha\": \"{HubScene.Commit}\"}}") }
            : StubHandler.Redirect(target));
        using var client = _scene.Client(_scene.Settings with { Endpoint = "https://mirror.example", Token = "hf_secret" }, handler);
        if (kept)
            await client.GetRepositoryAsync(_scene.Id);
        else
            Assert.Equal(HubError.NotAHub, (await Assert.ThrowsAsync<HubException>(() => client.GetRepositoryAsync(_scene.Id))).Error);
        Assert.Equal(kept ? 2 : 1, handler.Requests.Count);
        Assert.All(handler.Requests, r => Assert.Equal("hf_secret", r.Token));
    }

    [Theory]
    [InlineData("http://mirror.example/x", "not encrypted")]
    [InlineData("file:///etc/passwd", "no address")]
    [InlineData("https://a:b@huggingface.co/x", "no address")]
    [InlineData("https://mirror.example/api/again", "redirects more than")]
    public async Task Requests_ThatAreRedirectedBadly_Fail(string target, string words)
    {
        using var handler = new StubHandler(_ => StubHandler.Redirect(target));
        using var client = _scene.Client(_scene.Settings with { Endpoint = "https://mirror.example", Token = "hf_secret" }, handler);
        var failure = await Assert.ThrowsAsync<HubException>(() => client.GetRepositoryAsync(_scene.Id));
        Assert.Equal(HubError.NotAHub, failure.Error);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.InRange(handler.Requests.Count, 1, 12);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionMode.Compress))
            gzip.Write(content);
        return result.ToArray();
    }
}

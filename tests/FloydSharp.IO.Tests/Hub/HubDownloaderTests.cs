using System.IO.Compression;
using FloydSharp.IO.Hub;
using FloydSharp.Testing.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public sealed class HubDownloaderTests : IDisposable
{
    private const int Size = 300_000;
    private const int Half = 150_000;

    private readonly HubScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Download_OfAModel_BringsWhatIsNeededInTheStandardLayout()
    {
        var repository = _scene.AddModel(Size);
        var pull = await _scene.Pull(_scene.Settings with { Token = "hf_secret" });
        Assert.Equal(_scene.Snapshot, pull.Folder);
        Assert.Equal(["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"], Tree(_scene.Snapshot));
        CheckVerified(repository);
        Assert.Equal(HubScene.Commit, File.ReadAllText(Path.Combine(_scene.Repository, "refs", "main")));
        Assert.Equal("../../../blobs/" + repository.HashOf("unet/config.json"), new FileInfo(Path.Combine(_scene.Snapshot, "unet", "config.json")).LinkTarget);
        Assert.Equal("../../blobs/" + repository.HashOf("model_index.json"), new FileInfo(Path.Combine(_scene.Snapshot, "model_index.json")).LinkTarget);
        Assert.StartsWith("Signature: 8a477f597d28d172789f06886806bc55", File.ReadAllText(Path.Combine(_scene.Settings.CacheFolder, "CACHEDIR.TAG")), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_scene.Blobs), b => Assert.Matches("^([0-9a-f]{40}|[0-9a-f]{64})$", Path.GetFileName(b)));
        // The token is for the Hub alone.
        Assert.All(_scene.Hub.HubRequests, r => Assert.Equal("Bearer hf_secret", r.Header("Authorization")));
        Assert.Null(Assert.Single(_scene.Hub.StorageRequests).Header("Authorization"));
    }

    [Fact]
    public async Task Download_OfWhatIsThere_GetsNothingAndWritesNothing()
    {
        _scene.AddModel(Size);
        await _scene.Pull();
        var (before, requests) = (Times(), _scene.Hub.HubRequests.Count);
        var pull = await _scene.Pull();
        Assert.Empty(pull.Missing);
        Assert.Equal(before, Times());
        Assert.Equal(2, _scene.Hub.HubRequests.Count - requests);
        Assert.Single(_scene.Hub.StorageRequests);
        Assert.Equal(4, _scene.Events.OfType<HubEvent.Finished>().Count(e => !e.Downloaded));
    }

    [Fact]
    public async Task Download_ReportsEachFile()
    {
        _scene.AddModel(5 << 20);
        await _scene.Pull();
        var weights = _scene.Events.Where(e => e.File?.Path.EndsWith("model.safetensors", StringComparison.Ordinal) == true).ToList();
        Assert.Equal(0, Assert.IsType<HubEvent.Started>(weights[0]).Done);
        Assert.True(Assert.IsType<HubEvent.Finished>(weights[^1]).Downloaded);
        var done = weights.OfType<HubEvent.Progress>().Select(e => e.Done).ToList();
        Assert.Equal(done.Order(), done);
        Assert.InRange(done.Count, 4, 5);
        Assert.Equal(5 << 20, done[^1]);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("cut at once")]
    [InlineData("cut often")]
    [InlineData("hang")]
    [InlineData("late")]
    [InlineData("error 500")]
    [InlineData("error 503")]
    [InlineData("limit 429")]
    [InlineData("expired 403")]
    [InlineData("wrong bytes once")]
    [InlineData("range ignored")]
    [InlineData("wrong range")]
    [InlineData("range refused")]
    [InlineData("compressed")]
    [InlineData("no length")]
    [InlineData("slow")]
    public async Task Download_WithAPassingFault_EndsInAVerifiedFile(string fault)
    {
        var repository = _scene.AddModel(Size);
        var tries = 0;
        _scene.Hub.StorageFault = (request, reply) => Faulty(fault, ++tries, request, reply);
        await _scene.Pull(_scene.Settings with { AnswerTimeout = TimeSpan.FromSeconds(1), ReadTimeout = TimeSpan.FromSeconds(1) });
        CheckVerified(repository);
        Assert.InRange(tries, fault is "compressed" or "no length" or "slow" ? 1 : 2, 6);
        Assert.Empty(Directory.GetFiles(_scene.Blobs, "*.incomplete"));
        // What had come is not asked for again.
        if (fault is "cut" or "hang")
            Assert.Equal([0, Half], _scene.Hub.StorageRequests.Select(r => r.From));
        // An address that failed is not used again.
        Assert.Equal(tries, _scene.Hub.StorageRequests.Select(r => r.Target).Distinct().Count());
    }

    [Theory]
    [InlineData("wrong bytes", HubError.Damaged, "expected")]
    [InlineData("too short", HubError.Damaged, "bytes")]
    [InlineData("too long", HubError.Damaged, "bytes")]
    [InlineData("too long without saying", HubError.Damaged, "bytes")]
    [InlineData("always cut", HubError.Unreachable, "ended")]
    [InlineData("always 500", HubError.Server, "500")]
    [InlineData("always 403", HubError.Server, "403")]
    [InlineData("always 429", HubError.RateLimited, "429")]
    [InlineData("always hang", HubError.Unreachable, "nothing came")]
    [InlineData("unknown compression", HubError.NotAHub, "zstd")]
    public async Task Download_WithALastingFault_EndsInOneClearMessage(string fault, HubError error, string words)
    {
        _scene.AddModel(Size);
        _scene.Hub.StorageFault = (request, reply) => Lasting(fault, request, reply);
        var failure = await _scene.Fails(error, _scene.Settings with { ReadTimeout = TimeSpan.FromSeconds(0.3) });
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("diffusion_pytorch_model.safetensors", failure.Message, StringComparison.Ordinal);
        Assert.InRange(_scene.Hub.StorageRequests.Count, 1, 6);
        Assert.False(File.Exists(_scene.WeightsPath));
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id));
    }

    [Theory]
    [InlineData("X-Repo-Commit", null, HubError.NotAHub)]
    [InlineData("X-Repo-Commit", "ffffffffffffffffffffffffffffffffffffffff", HubError.NotAHub)]
    [InlineData("X-Linked-Etag", "\"0000000000000000000000000000000000000000000000000000000000000000\"", HubError.Damaged)]
    [InlineData("X-Linked-Size", "17", HubError.Damaged)]
    public async Task Download_AnnouncedOtherwiseThanListed_Fails(string header, string? value, HubError error)
    {
        _scene.AddModel(Size);
        _scene.Hub.HubFault = (request, reply) => reply.Status != 302 ? reply : value is null ? reply.Without(header) : reply.With(header, value);
        await _scene.Fails(error);
        Assert.Empty(_scene.Hub.StorageRequests);
    }

    [Fact]
    public async Task Download_OfAGatedModel_SaysWhatToDoAndWorksWithTheToken()
    {
        var repository = _scene.AddModel(Size);
        repository.Gated = true;
        await _scene.Fails(HubError.Gated);
        await _scene.Fails(HubError.BadToken, _scene.Settings with { Token = "hf_wrong" });
        Assert.False(Directory.Exists(_scene.Snapshot));
        await _scene.Pull(_scene.Settings with { Token = _scene.Hub.Token });
        CheckVerified(repository);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Half)]
    [InlineData(Size)]
    public async Task Download_AfterAnEarlierRun_GoesOnWhereItEnded(int left)
    {
        var repository = _scene.AddModel(Size);
        LeavePartial(repository, repository.Files["unet/diffusion_pytorch_model.safetensors"][..left]);
        var pull = await _scene.Pull();
        Assert.Equal(pull.Plan.Files.Sum(f => f.Size) - left, pull.MissingBytes);
        CheckVerified(repository);
        Assert.Equal(Size - left, _scene.Hub.StorageBytes);
        Assert.Equal(left, _scene.Events.OfType<HubEvent.Started>().Single(e => e.File!.Size == Size).Done);
    }

    [Theory]
    [InlineData(Half, Size)]
    [InlineData(Size, Size)]
    [InlineData(Size + 1, Size)]
    public async Task Download_AfterAnEarlierRunThatLeftOtherBytes_BeginsAnew(int left, int least)
    {
        var repository = _scene.AddModel(Size);
        LeavePartial(repository, new byte[left]);
        await _scene.Pull();
        CheckVerified(repository);
        Assert.InRange(_scene.Hub.StorageBytes, least, 2 * Size);
    }

    [Fact]
    public async Task Download_WhenCancelled_KeepsWhatCame()
    {
        var repository = _scene.AddModel(Size);
        _scene.Hub.StorageFault = (_, reply) => reply with { HangAfter = Half };
        using var cancel = new CancellationTokenSource();
        var run = _scene.Pull(cancellation: cancel.Token);
        var partial = _scene.Cache.PartialFile(_scene.Id, repository.HashOf("unet/diffusion_pytorch_model.safetensors"));
        while (!File.Exists(partial) || new FileInfo(partial).Length < Half)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id));

        _scene.Hub.StorageFault = (_, reply) => reply;
        await _scene.Pull();
        CheckVerified(repository);
        Assert.Equal(Half, _scene.Hub.StorageRequests[^1].From);
    }

    [Fact]
    public async Task Download_ByTwoAtOnce_GetsEachFileOnce()
    {
        var repository = _scene.AddModel(Size);
        _scene.Hub.StorageFault = (_, reply) => reply with { Slow = TimeSpan.FromMilliseconds(30) };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _scene.Pull()));
        CheckVerified(repository);
        Assert.Equal(Size, _scene.Hub.StorageBytes);
    }

    [Fact]
    public async Task Download_WhereLocksDoNotLock_StillEndsInAVerifiedFile()
    {
        var repository = _scene.AddModel(Size);
        var file = new HubFile("unet/diffusion_pytorch_model.safetensors", Size, repository.HashOf("unet/diffusion_pytorch_model.safetensors"));
        var path = Path.Combine(Directory.CreateDirectory(_scene.Settings.CacheFolder).FullName, "partial");
        var content = repository.Files[file.Path];
        using var one = new PartialFile(path, file);
        using var two = new PartialFile(path, file);
        await one.AppendAsync(content.AsMemory(0, Half), CancellationToken.None);
        await two.AppendAsync(content.AsMemory(0, 1000), CancellationToken.None);
        two.Restart();
        await two.AppendAsync(new byte[2000], CancellationToken.None);
        await one.AppendAsync(content.AsMemory(Half), CancellationToken.None);
        Assert.Equal(file.Hash, one.Complete());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(64 << 20, true)]
    [InlineData(1L << 40, false)]
    public async Task Download_LooksForRoomFirst(long free, bool fails)
    {
        _scene.AddModel(Size);
        var downloader = new HubDownloader(_scene.Client()) { FreeBytes = _ => free };
        if (!fails)
        {
            await _scene.Pull(downloader: downloader);
            return;
        }

        var failure = await Assert.ThrowsAsync<HubException>(() => _scene.Pull(downloader: downloader));
        Assert.Equal(HubError.DiskFull, failure.Error);
        Assert.Contains("set HF_HOME", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_scene.Settings.CacheFolder));
        Assert.Empty(_scene.Hub.StorageRequests);
    }

    [Fact]
    public async Task Download_OntoADiskThatFillsUp_SaysSo()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no device that is always full.");
        var repository = _scene.AddModel(Size);
        Directory.CreateDirectory(_scene.Blobs);
        File.CreateSymbolicLink(_scene.Cache.PartialFile(_scene.Id, repository.HashOf("unet/diffusion_pytorch_model.safetensors")), "/dev/full");
        var failure = await _scene.Fails(HubError.DiskFull);
        Assert.Contains("The disk is full", failure.Message, StringComparison.Ordinal);
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id));
    }

    [Fact]
    public void FreeBytes_OfAFolder_IsWhatItsDiskHas() => Assert.InRange(_scene.Downloader().FreeBytes(Path.GetTempPath()), 1, long.MaxValue);

    [Fact]
    public async Task Download_WhoseIndexNamesOtherShards_Fails()
    {
        var repository = _scene.AddModel(Size);
        repository.Files.Remove("unet/diffusion_pytorch_model.safetensors");
        repository.Add("unet/diffusion_pytorch_model-00001-of-00001.safetensors", 100)
            .Add("unet/diffusion_pytorch_model.safetensors.index.json", """{"weight_map": {"a": "diffusion_pytorch_model-00001-of-00002.safetensors"}}""");
        var failure = await _scene.Fails(HubError.Unusable);
        Assert.Contains("00001-of-00002", failure.Message, StringComparison.Ordinal);
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id));
    }

    [Fact]
    public async Task DownloadFile_OfACommit_AsksOnce()
    {
        var repository = _scene.AddModel(Size);
        var downloader = _scene.Downloader();
        var path = await downloader.DownloadFileAsync(_scene.Id, "unet/config.json", HubScene.Commit);
        Assert.Equal(repository.Files["unet/config.json"], File.ReadAllBytes(path));
        var requests = _scene.Hub.HubRequests.Count;
        Assert.Equal(path, await downloader.DownloadFileAsync(_scene.Id, "unet/config.json", HubScene.Commit));
        Assert.Equal(requests, _scene.Hub.HubRequests.Count);
        Assert.False(Directory.Exists(Path.Combine(_scene.Repository, "refs")));
    }

    [Fact]
    public async Task DownloadFile_ThatACommitLacks_RemembersThat()
    {
        _scene.AddModel(Size);
        var downloader = _scene.Downloader();
        for (var i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<HubException>(() => downloader.DownloadFileAsync(_scene.Id, "unet/no.json", HubScene.Commit));
            Assert.Equal(HubError.FileNotFound, failure.Error);
        }

        Assert.Single(_scene.Hub.HubRequests);
        Assert.True(_scene.Cache.IsKnownAbsent(_scene.Id, "unet/no.json", HubScene.Commit));
        Assert.Equal(0, new FileInfo(Path.Combine(_scene.Repository, ".no_exist", HubScene.Commit, "unet", "no.json")).Length);
    }

    [Fact]
    public async Task DownloadFile_OfABranch_FallsBackToTheCache()
    {
        _scene.AddModel(Size);
        var path = await _scene.Downloader().DownloadFileAsync(_scene.Id, "unet/config.json");
        Assert.Equal(path, await _scene.Downloader(_scene.Settings with { Offline = true }).DownloadFileAsync(_scene.Id, "unet/config.json"));
        _scene.Hub.HubFault = (_, _) => new(500);
        Assert.Equal(path, await _scene.Downloader().DownloadFileAsync(_scene.Id, "unet/config.json"));
    }

    private static FakeReply Faulty(string fault, int tries, FakeRequest request, FakeReply reply) => (fault, tries) switch
    {
        ("cut often", < 5) => reply with { CutAfter = 70_000 },
        ("compressed", _) => Compressed(reply, "gzip"),
        ("no length", _) => reply with { SaysLength = false },
        ("slow", _) => reply with { Slow = TimeSpan.FromMilliseconds(50) },
        ("range ignored", 2) or ("range refused", 3) => new(200) { Body = Whole(request, reply) },
        ("range refused", 2) => new(416),
        ("wrong range", 2) => reply.With("Content-Range", $"bytes 0-{Size - 1}/{Size}"),
        (_, > 1) => reply,
        ("cut" or "range ignored" or "range refused" or "wrong range", _) => reply with { CutAfter = Half },
        ("cut at once", _) => reply with { CutAfter = 0 },
        ("hang", _) => reply with { HangAfter = Half },
        ("late", _) => reply with { Late = TimeSpan.FromSeconds(20) },
        ("error 500", _) => new(500),
        ("error 503", _) => new(503),
        ("limit 429", _) => new(429),
        ("expired 403", _) => new(403),
        ("wrong bytes once", _) => reply with { Body = new byte[Size] },
        _ => throw new InvalidOperationException(fault),
    };

    private static FakeReply Lasting(string fault, FakeRequest request, FakeReply reply) => fault switch
    {
        "wrong bytes" => reply with { Body = new byte[reply.Body.Length] },
        "too short" => reply with { Body = reply.Body[..1000] },
        "too long" => reply with { Body = new byte[Size + 1] },
        "too long without saying" => reply with { Body = new byte[Size + 1], SaysLength = false },
        "always cut" => reply with { CutAfter = 1000 },
        "always hang" => reply with { HangAfter = 1000 },
        "always 500" => new(500),
        "always 403" => new(403),
        "always 429" => new(429),
        "unknown compression" => reply.With("Content-Encoding", "zstd"),
        _ => throw new InvalidOperationException($"{fault} {request.Target}"),
    };

    private static FakeReply Compressed(FakeReply reply, string encoding)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionMode.Compress))
            gzip.Write(reply.Body.Span);
        return (reply with { Body = result.ToArray() }).With("Content-Encoding", encoding);
    }

    // Beginning anew, the request has no range, and the reply is the whole.
    private static ReadOnlyMemory<byte> Whole(FakeRequest request, FakeReply reply)
    {
        if (request.From == 0)
            return reply.Body;
        var whole = new byte[Size];
        new Random("unet/diffusion_pytorch_model.safetensors".Sum(c => c) + Size).NextBytes(whole);
        return whole;
    }

    private static string[] Tree(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];

    private void CheckVerified(FakeRepository repository)
    {
        foreach (var path in Tree(_scene.Snapshot))
            Assert.Equal(repository.Files[path], File.ReadAllBytes(Path.Combine(_scene.Snapshot, path)));
        Assert.True(File.Exists(_scene.WeightsPath));
    }

    private void LeavePartial(FakeRepository repository, byte[] bytes)
    {
        var path = _scene.Cache.PartialFile(_scene.Id, repository.HashOf("unet/diffusion_pytorch_model.safetensors"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private Dictionary<string, DateTime> Times() =>
        Directory.EnumerateFileSystemEntries(_scene.Settings.CacheFolder, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
}

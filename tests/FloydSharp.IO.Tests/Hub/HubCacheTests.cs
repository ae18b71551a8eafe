using FloydSharp.IO.Hub;
using FloydSharp.Testing;
using FloydSharp.Testing.Hub;
using Xunit;

namespace FloydSharp.IO.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    private const string OldCommit = "ffffffffffffffffffffffffffffffffffffffff";

    private readonly HubScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Download_OverACacheOfPython_UsesIt()
    {
        WriteAsPython(_scene.AddModel());
        var before = Directory.GetFileSystemEntries(_scene.Settings.CacheFolder, "*", SearchOption.AllDirectories).Length;
        var pull = await _scene.Pull();
        Assert.Empty(pull.Missing);
        Assert.Empty(_scene.Hub.StorageRequests);
        Assert.Equal(before, Directory.GetFileSystemEntries(_scene.Settings.CacheFolder, "*", SearchOption.AllDirectories).Length);
        Assert.Equal(_scene.Snapshot, _scene.Cache.FindSnapshot(_scene.Id));
        Assert.Equal(_scene.WeightsPath, _scene.Cache.FindFile(_scene.Id, "unet/diffusion_pytorch_model.safetensors"));
        Assert.Null(_scene.Cache.FindFile(_scene.Id, "unet/other.safetensors"));
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id, "other"));
    }

    [Fact]
    public async Task Download_OfAnotherRevisionWithTheSameContents_OnlyLinks()
    {
        var repository = _scene.AddModel();
        WriteAsPython(repository, OldCommit);
        await _scene.Pull();
        Assert.Empty(_scene.Hub.StorageRequests);
        Assert.Equal("../../../blobs/" + repository.HashOf("unet/diffusion_pytorch_model.safetensors"), new FileInfo(_scene.WeightsPath).LinkTarget);
        Assert.Equal(HubScene.Commit, File.ReadAllText(Path.Combine(_scene.Repository, "refs", "main")));
    }

    [Fact]
    public async Task Download_OverAContentOfAnotherLength_ReplacesIt()
    {
        var repository = _scene.AddModel();
        WriteAsPython(repository);
        var blob = Path.Combine(_scene.Blobs, repository.HashOf("unet/diffusion_pytorch_model.safetensors"));
        File.WriteAllBytes(blob, new byte[100]);
        await _scene.Pull();
        Assert.Equal(repository.Files["unet/diffusion_pytorch_model.safetensors"], File.ReadAllBytes(blob));
    }

    [Fact]
    public async Task Download_OverPartialFilesOfPython_LeavesThem()
    {
        var repository = _scene.AddModel();
        Directory.CreateDirectory(_scene.Blobs);
        var theirs = Path.Combine(_scene.Blobs, repository.HashOf("unet/diffusion_pytorch_model.safetensors") + ".0a1b2c3d.incomplete");
        File.WriteAllBytes(theirs, [1, 2, 3]);
        await _scene.Pull();
        Assert.Equal([1, 2, 3], File.ReadAllBytes(theirs));
        Assert.Equal(300_000, new FileInfo(Path.Combine(_scene.Blobs, repository.HashOf("unet/diffusion_pytorch_model.safetensors"))).Length);
    }

    [Fact]
    public async Task Download_WithoutLinks_PutsFilesIntoTheSnapshot()
    {
        var repository = _scene.AddModel();
        var settings = _scene.Settings with { Symlinks = false };
        await _scene.Pull(settings);
        Assert.Empty(Directory.GetFiles(_scene.Blobs));
        Assert.Null(new FileInfo(_scene.WeightsPath).LinkTarget);
        Assert.Equal(repository.Files["unet/diffusion_pytorch_model.safetensors"], File.ReadAllBytes(_scene.WeightsPath));
        Assert.Empty((await _scene.Pull(settings)).Missing);
        Assert.Single(_scene.Hub.StorageRequests);
    }

    [Fact]
    public async Task Download_WithoutLinksOverAContent_CopiesIt()
    {
        var repository = _scene.AddModel();
        WriteAsPython(repository, OldCommit);
        await _scene.Pull(_scene.Settings with { Symlinks = false });
        Assert.Empty(_scene.Hub.StorageRequests);
        Assert.Null(new FileInfo(_scene.WeightsPath).LinkTarget);
        Assert.Equal(repository.Files["unet/diffusion_pytorch_model.safetensors"], File.ReadAllBytes(_scene.WeightsPath));
        Assert.True(File.Exists(Path.Combine(_scene.Blobs, repository.HashOf("unet/diffusion_pytorch_model.safetensors"))));
    }

    [Fact]
    public async Task Download_WhereTheCacheCannotBe_SaysWhere()
    {
        _scene.AddModel();
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "not a folder");
        var failure = await _scene.Fails(HubError.Cache, _scene.Settings with { CacheFolder = Path.Combine(file, "hub") });
        Assert.Contains("set HF_HOME", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../main")]
    [InlineData("/main")]
    [InlineData("a/../../b")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void FindSnapshot_OfAHostileRevision_Fails(string revision) =>
        Assert.Throws<FloydException>(() => _scene.Cache.FindSnapshot(_scene.Id, revision));

    [Theory]
    [InlineData("../../../secret")]
    [InlineData("main")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData("")]
    public void FindSnapshot_OfARefThatIsNoCommit_FindsNothing(string content)
    {
        Directory.CreateDirectory(Path.Combine(_scene.Repository, "refs"));
        File.WriteAllText(Path.Combine(_scene.Repository, "refs", "main"), content);
        Assert.Null(_scene.Cache.FindSnapshot(_scene.Id));
    }

    [Theory]
    [InlineData("../../refs/main")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\x")]
    public void FindFile_OfAHostileName_FindsNothing(string path)
    {
        WriteAsPython(_scene.AddModel());
        Assert.Null(_scene.Cache.FindFile(_scene.Id, path));
    }

    [Fact]
    public async Task List_OfACache_TellsWhatIsThere()
    {
        var repository = _scene.AddModel();
        Assert.Empty(_scene.Cache.List());
        await _scene.Pull();
        Directory.CreateDirectory(Path.Combine(_scene.Settings.CacheFolder, "datasets--a--b"));
        Directory.CreateDirectory(Path.Combine(_scene.Settings.CacheFolder, "models--..--b"));
        File.WriteAllBytes(Path.Combine(_scene.Blobs, new string('a', 64) + ".floyd.incomplete"), new byte[17]);
        var one = Assert.Single(_scene.Cache.List());
        var revision = Assert.Single(one.Revisions);
        var bytes = repository.Files.Where(f => f.Key != "README.md").Sum(f => f.Value.Length);
        Assert.Equal((_scene.Id, 17L, bytes + 17L + 40L), (one.Id, one.PartialBytes, one.Bytes));
        Assert.Equal((HubScene.Commit, 4, (long)bytes), (revision.Commit, revision.Files, revision.Bytes));
        Assert.Equal(["main"], revision.Names);
    }

    [Fact]
    public async Task Delete_OfARepository_TakesAllOfItAndNothingElse()
    {
        _scene.AddModel();
        await _scene.Pull();
        using var outside = new TemporaryFolder();
        var secret = outside.Write("secret", "keep");
        var other = Directory.CreateDirectory(Path.Combine(_scene.Settings.CacheFolder, "models--owner--model-2")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(_scene.Snapshot, "link"), outside.Path);
        File.CreateSymbolicLink(Path.Combine(_scene.Snapshot, "file"), secret);
        var bytes = _scene.Cache.List()[0].Bytes;
        Assert.Equal(bytes, _scene.Cache.Delete(_scene.Id));
        Assert.Equal("keep", File.ReadAllText(secret));
        Assert.True(Directory.Exists(other));
        Assert.Equal([".locks", "CACHEDIR.TAG", "models--owner--model-2"], Directory.GetFileSystemEntries(_scene.Settings.CacheFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(HubError.RepositoryNotFound, Assert.Throws<HubException>(() => _scene.Cache.Delete(_scene.Id)).Error);
    }

    [Fact]
    public void Delete_OfALinkToElsewhere_Refuses()
    {
        using var outside = new TemporaryFolder();
        outside.Write("secret", "keep");
        Directory.CreateDirectory(_scene.Settings.CacheFolder);
        Directory.CreateSymbolicLink(_scene.Repository, outside.Path);
        Assert.Equal(HubError.Cache, Assert.Throws<HubException>(() => _scene.Cache.Delete(_scene.Id)).Error);
        Assert.Equal(["secret"], outside.Names);
    }

    [Fact]
    public async Task Delete_DuringADownload_Refuses()
    {
        var repository = _scene.AddModel();
        await _scene.Pull();
        using (HubLock.TryTake(_scene.Cache.LockFile(_scene.Id, repository.HashOf("unet/config.json"))))
            Assert.Contains("being downloaded", Assert.Throws<HubException>(() => _scene.Cache.Delete(_scene.Id)).Message, StringComparison.Ordinal);
        Assert.True(_scene.Cache.Delete(_scene.Id) > 300_000);
    }

    [Fact]
    public async Task Delete_OfARevision_KeepsWhatOthersShare()
    {
        var repository = _scene.AddModel();
        await _scene.Pull();
        var old = new FakeRepository(_scene.Id.Text, OldCommit)
            .Add("unet/config.json", repository.Files["unet/config.json"])
            .Add("unet/diffusion_pytorch_model.safetensors", 5000);
        WriteAsPython(old, OldCommit, "v1");
        Assert.Equal(5000 + 40, _scene.Cache.Delete(_scene.Id, "v1"));
        Assert.Equal(HubScene.Commit, Assert.Single(Assert.Single(_scene.Cache.List()).Revisions).Commit);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(_scene.Snapshot, "unet", "config.json")));
        Assert.Equal(HubError.RevisionNotFound, Assert.Throws<HubException>(() => _scene.Cache.Delete(_scene.Id, "v1")).Error);
    }

    // As the Python client leaves it: contents by hash, relative links, a ref.
    private void WriteAsPython(FakeRepository repository, string commit = HubScene.Commit, string name = "main")
    {
        Directory.CreateDirectory(_scene.Blobs);
        Directory.CreateDirectory(Path.Combine(_scene.Repository, "refs"));
        File.WriteAllText(Path.Combine(_scene.Repository, "refs", name), commit);
        foreach (var (path, content) in repository.Files)
        {
            var blob = Path.Combine(_scene.Blobs, repository.HashOf(path));
            File.WriteAllBytes(blob, content);
            var link = Path.Combine(_scene.Repository, "snapshots", commit, path);
            var folder = Directory.CreateDirectory(Path.GetDirectoryName(link)!).FullName;
            File.CreateSymbolicLink(link, Path.GetRelativePath(folder, blob));
        }
    }
}

using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Native;

public sealed class CacheFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Folders_NothingSet_LieInTheHomesCache()
    {
        var child = await NativeChild.StartAsync("folders", ("HOME", _folder.Path));

        Assert.Equal([Under(".cache/floydsharp"), Under(".cache/huggingface/hub"), Under(".cache/floydsharp/x")], child.Output);
    }

    [Theory]
    [InlineData("XDG_CACHE_HOME", "floydsharp", "huggingface/hub")]
    [InlineData("FLOYD_CACHE", "", ".cache/huggingface/hub")]
    [InlineData("HF_HOME", ".cache/floydsharp", "hub")]
    [InlineData("HF_HUB_CACHE", ".cache/floydsharp", "")]
    [InlineData("HUGGINGFACE_HUB_CACHE", ".cache/floydsharp", "")]
    public async Task Folders_VariableSet_FollowIt(string variable, string own, string hub)
    {
        var child = await NativeChild.StartAsync("folders", ("HOME", _folder.Path), (variable, _folder.Path));

        Assert.Equal([Under(own), Under(hub), Path.Combine(Under(own), "x")], child.Output);
    }

    [Fact]
    public async Task Writable_CacheAndTemporaryFolderNotWritable_SaysWhatToSet()
    {
        var file = _folder.File("a-file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var child = await NativeChild.StartAsync("folders", ("FLOYD_CACHE", file), ("TMPDIR", file));

        Assert.Equal(2, child.ExitCode);
        Assert.StartsWith("NativeLibraryException: No cache folder can be written", child.Output[^1]);
        Assert.Contains("set FLOYD_CACHE", child.Output[^1]);
    }

    [Fact]
    public async Task Writable_FallsBack_IntoAPrivateFolder()
    {
        var file = _folder.File("a-file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var child = await NativeChild.StartAsync("folders", ("FLOYD_CACHE", file), ("TMPDIR", _folder.Path));

        Assert.StartsWith(_folder.Path, child.Output[^1]);
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.GetDirectoryName(child.Output[^1])!) == Private);
    }

    private string Under(string path) => path.Length == 0 ? _folder.Path : _folder.File(path);
}

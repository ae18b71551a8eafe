using FloydSharp.IO;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;

namespace FloydSharp.Tests.Weights;

public sealed class FileHashesTests : IDisposable
{
    // echo -n abc | sha256sum
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Of_AFile_IsItsSha256AndReadOnce()
    {
        var path = Settled("a", "abc");
        var hashes = new FileHashes();
        Assert.Equal([OfAbc, OfAbc], [hashes.Of(path), hashes.Of(path)]);
        Assert.Equal(1, hashes.FilesRead);
    }

    [Fact]
    public void Of_LargeFile_IsRememberedByLaterProcesses()
    {
        var path = Settled("a", "abc");
        var cache = _folder.Folder("cache");
        new FileHashes(() => cache, rememberedBytes: 3).Of(path);
        var later = new FileHashes(() => cache, rememberedBytes: 3);
        Assert.Equal(OfAbc, later.Of(path));
        Assert.Equal(0, later.FilesRead);

        var small = new FileHashes(() => cache, rememberedBytes: 4);
        Assert.Equal(OfAbc, small.Of(path));
        Assert.Equal(1, small.FilesRead);
    }

    [Fact]
    public void Of_ChangedFile_IsReadAgain()
    {
        var path = Settled("a", "abc");
        var cache = _folder.Folder("cache");
        var hashes = new FileHashes(() => cache, rememberedBytes: 0);
        hashes.Of(path);
        Settled("a", "abd", hour: 2);
        Assert.NotEqual(OfAbc, hashes.Of(path));
        Assert.Equal(2, hashes.FilesRead);
    }

    [Fact]
    public void Of_FileThatJustChanged_IsNotRemembered()
    {
        var path = _folder.File("a");
        File.WriteAllText(path, "abc");
        var hashes = new FileHashes();
        hashes.Of(path);
        hashes.Of(path);
        Assert.Equal(2, hashes.FilesRead);
    }

    [Fact]
    public void Of_FileBehindALink_IsThatOfTheFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        var path = Settled("a", "abc");
        File.CreateSymbolicLink(_folder.File("link"), path);
        var hashes = new FileHashes();
        Assert.Equal(OfAbc, hashes.Of(_folder.File("link")));
        Settled("a", "abcd", hour: 2);
        Assert.NotEqual(OfAbc, hashes.Of(_folder.File("link")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("../../../../etc/passwd-../../../../etc/passwd-../../../../etc/pas")]
    public void Of_DamagedCache_IsIgnored(string text)
    {
        var path = Settled("a", "abc");
        var cache = _folder.Folder("cache");
        new FileHashes(() => cache, rememberedBytes: 0).Of(path);
        File.WriteAllText(Directory.GetFiles(cache).Single(), text);
        Assert.Equal(OfAbc, new FileHashes(() => cache, rememberedBytes: 0).Of(path));
    }

    [Fact]
    public void Of_MissingFile_SaysSo() => Assert.Contains("cannot be read", Assert.Throws<FloydException>(() => new FileHashes().Of(_folder.File("no"))).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string Settled(string name, string text, int hour = 1)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, new DateTime(2024, 1, 1, hour, 0, 0, DateTimeKind.Utc));
        return path;
    }
}

using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void Rename_NameTakenMeanwhile_KeepsTheOther()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        using (var file = new AtomicFile(path, overwrite: false))
        {
            file.Fill(stream => stream.WriteByte(1));
            File.WriteAllText(path, "other");

            Assert.Contains("exists already", Assert.Throws<FloydException>(file.Rename).Message, StringComparison.Ordinal);
        }

        Assert.Equal("other", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Rename_LinkToNowhereHasTheName_KeepsIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        File.CreateSymbolicLink(path, "nowhere");

        Assert.Contains("exists already", Assert.Throws<FloydException>(() => AtomicFile.Write(path, [1], overwrite: false)).Message, StringComparison.Ordinal);
        Assert.Equal("nowhere", new FileInfo(path).LinkTarget);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_ManyAtOnceWithoutOverwriting_ExactlyOneWins()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        var won = new bool[32];
        Parallel.For(0, won.Length, i =>
        {
            try
            {
                AtomicFile.Write(path, [(byte)i], overwrite: false);
                won[i] = true;
            }
            catch (FloydException e) when (e.Message.Contains("exists already", StringComparison.Ordinal))
            {
            }
        });

        Assert.Equal([(byte)Array.IndexOf(won, true)], File.ReadAllBytes(path));
        Assert.Single(won, true);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Fill_DiskFull_SaysSoAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        using var file = new AtomicFile(path, overwrite: false);

        var error = Assert.Throws<FloydException>(() => file.Fill(_ => throw new IOException("No space left on device")));

        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains("the disk has room", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_Overwriting_ReplacesTheFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        AtomicFile.Write(path, [1, 2, 3], overwrite: false);
        AtomicFile.Write(path, [4], overwrite: true);

        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }
}

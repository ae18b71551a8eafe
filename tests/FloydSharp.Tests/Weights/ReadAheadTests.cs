using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;

namespace FloydSharp.Tests.Weights;

public sealed class ReadAheadTests : IDisposable
{
    private const int Size = 3_000_001;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryBegin_Files_AsksForAllOfThem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked.");
        using var reading = ReadAhead.TryBegin([Write("a"), Write("b")], 4 * Size, fewest: 1)!;

        reading.Wait();

        Assert.Equal(2 * Size, reading.Asked);
    }

    [Fact]
    public void TryBegin_LittleRamOrSmallFiles_LeavesThemAlone()
    {
        string[] files = [Write("a"), Write("b")];

        Assert.Null(ReadAhead.TryBegin(files, (4 * Size) - 1, fewest: 1));
        Assert.Null(ReadAhead.TryBegin(files, long.MaxValue));
    }

    [Fact]
    public void TryBegin_MissingFile_IsLeftToWhoNeedsIt()
    {
        using var reading = ReadAhead.TryBegin([_folder.File("missing"), Write("a")], long.MaxValue, fewest: 1);

        reading?.Wait();

        Assert.Equal(0, reading?.Asked ?? 0);
    }

    private string Write(string name)
    {
        var path = _folder.File(name);
        File.WriteAllBytes(path, new byte[Size]);
        return path;
    }
}

using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    private static readonly byte[] TwoTensors = Bytes();

    [Fact]
    public void Read_WholeAndPieces_GiveTheBytes()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Write("m.safetensors", TwoTensors));
        var entry = file.Header["b"];
        var whole = new byte[8];
        var piece = new byte[3];

        file.Read(entry, whole);
        file.Read(entry, 4, piece);

        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10], whole);
        Assert.Equal([7, 8, 9], piece);
        file.Read(entry, 8, []);
    }

    [Fact]
    public void Read_OutsideTheTensor_Throws()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Write("m.safetensors", TwoTensors));
        var entry = file.Header["b"];

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, -1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, 6, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, long.MaxValue, new byte[1]));
        Assert.Throws<ArgumentException>(() => file.Read(entry, new byte[7]));
    }

    [Fact]
    public void Read_EntryOfAnotherFile_Throws()
    {
        using var folder = new TemporaryFolder();
        using var one = SafetensorsFile.Open(folder.Write("1.safetensors", TwoTensors));
        using var two = SafetensorsFile.Open(folder.Write("2.safetensors", TwoTensors));

        Assert.Throws<ArgumentException>(() => one.Read(two.Header["b"], new byte[8]));
    }

    [Fact]
    public void Read_ManyThreads_GiveTheBytes()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Write("m.safetensors", TwoTensors));

        Parallel.For(0, 200, i =>
        {
            var one = new byte[1];
            file.Read(file.Header["b"], i % 8, one);
            Assert.Equal(3 + (i % 8), one[0]);
        });
    }

    [Theory]
    [InlineData("longer")]
    [InlineData("shorter")]
    [InlineData("touched")]
    public void Read_FileChangedAfterOpening_Throws(string how)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("m.safetensors", TwoTensors);
        using var file = SafetensorsFile.Open(path);
        file.CheckUnchanged();

        Change(path, how);

        Assert.Contains("changed", Assert.Throws<SafetensorsException>(file.CheckUnchanged).Message, StringComparison.Ordinal);
        Assert.Throws<SafetensorsException>(() => file.Read(file.Header["b"], new byte[8]));
        Assert.Throws<SafetensorsException>(() => file.Map());
    }

    [Fact]
    public void Read_FileReplacedByRename_StillReadsTheOpenedOne()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows does not replace an open file.");
        using var folder = new TemporaryFolder();
        var path = folder.Write("m.safetensors", TwoTensors);
        using var file = SafetensorsFile.Open(path);
        File.Move(folder.Write("n.safetensors", new byte[5]), path, overwrite: true);
        var bytes = new byte[8];

        file.Read(file.Header["b"], bytes);

        Assert.Equal(3, bytes[0]);
    }

    [Fact]
    public void Read_BooleanOtherThanZeroAndOne_Throws()
    {
        using var folder = new TemporaryFolder();
        var bytes = RawFile.Of("{" + RawFile.Entry("m", "BOOL", "[3]", "[0,3]") + "}", 3);
        using var good = SafetensorsFile.Open(folder.Write("good.safetensors", [.. bytes[..^3], 0, 1, 1]));
        using var bad = SafetensorsFile.Open(folder.Write("bad.safetensors", [.. bytes[..^3], 0, 1, 2]));
        var read = new byte[3];

        good.Read(good.Header["m"], read);

        Assert.Equal([0, 1, 1], read);
        Assert.Contains("'m' BOOL[3]", Assert.Throws<SafetensorsException>(() => bad.Read(bad.Header["m"], new byte[3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingOrFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("no such file", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.File("x.safetensors"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WrongFile_LeavesNoHandle()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("m.safetensors", new byte[4]);

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));

        Assert.Equal(path, error.Path);
        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public void Read_TensorAbove2GB_ReadsPiecesBehindTheLimit()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Needs a file system with holes by default.");
        using var folder = new TemporaryFolder();
        const long length = 3L << 30;
        var path = folder.Write("big.safetensors", RawFile.Of("{" + RawFile.Entry("w", "F16", $"[{length / 2}]", $"[0,{length}]") + "}"));
        using (var stream = new FileStream(path, FileMode.Open))
        {
            stream.SetLength(stream.Length + length);
            stream.Seek(-3, SeekOrigin.End);
            stream.Write([7, 8, 9]);
        }

        using var file = SafetensorsFile.Open(path);
        var piece = new byte[4];
        file.Read(file.Header["w"], length - 4, piece);

        Assert.Equal([0, 7, 8, 9], piece);
        Assert.Equal(length, file.Header["w"].Length);
    }

    private static void Change(string path, string how)
    {
        // Opened by another program: the sharing rules of this process do not bind it, so reach around them.
        if (how == "touched")
        {
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(3));
            return;
        }

        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite });
        stream.SetLength(stream.Length + (how == "longer" ? 1 : -1));
    }

    private static byte[] Bytes()
    {
        var bytes = RawFile.Of("{" + RawFile.Entry("a", "U8", "[2]", "[0,2]") + "," + RawFile.Entry("b", "F32", "[2]", "[2,10]") + "}", 10);
        for (var i = 0; i < 10; i++)
            bytes[^(10 - i)] = (byte)(i + 1);
        return bytes;
    }
}

using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed unsafe class MappedFileTests
{
    [Fact]
    public void Pointer_AfterTheFileIsClosed_GivesTheBytes()
    {
        using var folder = new TemporaryFolder();
        var (mapped, header) = Map(folder);

        Assert.Equal([1, 2], new ReadOnlySpan<byte>(mapped.Pointer(header["a"]), 2).ToArray());
        Assert.Equal([3, 4, 5, 6], new ReadOnlySpan<byte>(mapped.Pointer(header["b"]), 4).ToArray());
        mapped.Release();
    }

    [Fact]
    public void Release_LastReference_Unmaps()
    {
        using var folder = new TemporaryFolder();
        var (mapped, header) = Map(folder);
        mapped.AddReference();

        mapped.Release();
        Assert.True(mapped.IsMapped);
        mapped.Release();

        Assert.False(mapped.IsMapped);
        Assert.Throws<ObjectDisposedException>(() => { mapped.Pointer(header["a"]); });
        Assert.Throws<ObjectDisposedException>(mapped.AddReference);
        Assert.Throws<ObjectDisposedException>(() => mapped.Advise(header["a"], MapAdvice.WillNeed));
        Assert.Throws<InvalidOperationException>(mapped.Release);
        Assert.Throws<ObjectDisposedException>(mapped.AddReference);
    }

    [Fact]
    public void Release_ManyThreads_UnmapsOnceAtTheLast()
    {
        using var folder = new TemporaryFolder();
        var (mapped, header) = Map(folder);

        Parallel.For(0, 1000, _ =>
        {
            mapped.AddReference();
            Assert.Equal(1, *mapped.Pointer(header["a"]));
            mapped.Release();
        });

        Assert.True(mapped.IsMapped);
        mapped.Release();
        Assert.False(mapped.IsMapped);
    }

    [Fact]
    public void Map_Released_DisappearsFromTheProcess()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Reads /proc/self/maps.");
        using var folder = new TemporaryFolder();
        var (mapped, _) = Map(folder);
        var line = Assert.Single(File.ReadLines("/proc/self/maps"), l => l.EndsWith(mapped.Path, StringComparison.Ordinal));

        Assert.Contains(" r--", line, StringComparison.Ordinal);
        mapped.Release();

        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), l => l.EndsWith(mapped.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(MapAdvice.WillNeed)]
    [InlineData(MapAdvice.DontNeed)]
    public void Advise_AnyAdvice_LeavesTheBytes(MapAdvice advice)
    {
        using var folder = new TemporaryFolder();
        var data = new byte[100_000];
        new Random(1).NextBytes(data);
        SafetensorsWriter.Write(folder.File("m.safetensors"), [
            new("a", SafetensorsDType.U8, [3], data.AsMemory(0, 3)),
            new("b", SafetensorsDType.U8, [data.Length], data),
            new("c", SafetensorsDType.U8, [0], ReadOnlyMemory<byte>.Empty)]);
        using var file = SafetensorsFile.Open(folder.File("m.safetensors"));
        var mapped = file.Map();

        foreach (var entry in file.Header.Entries)
            mapped.Advise(entry, advice);

        Assert.True(data.AsSpan().SequenceEqual(new ReadOnlySpan<byte>(mapped.Pointer(file.Header["b"]), data.Length)));
        Assert.True(data.AsSpan(0, 3).SequenceEqual(new ReadOnlySpan<byte>(mapped.Pointer(file.Header["a"]), 3)));
        mapped.Release();
    }

    [Fact]
    public void Pointer_EntryOfAnotherFile_Throws()
    {
        using var folder = new TemporaryFolder();
        var (mapped, _) = Map(folder);
        var (other, header) = Map(folder);

        Assert.Throws<ArgumentException>(() => { mapped.Pointer(header["a"]); });
        mapped.Release();
        other.Release();
    }

    [Fact]
    public void Pointer_BooleanOtherThanZeroAndOne_Throws()
    {
        using var folder = new TemporaryFolder();
        var bytes = RawFile.Of("{" + RawFile.Entry("m", "BOOL", "[3]", "[0,3]") + "}", 3);
        bytes[^1] = 0xFF;
        using var file = SafetensorsFile.Open(folder.Write("m.safetensors", bytes));
        var mapped = file.Map();

        Assert.Throws<SafetensorsException>(() => { mapped.Pointer(file.Header["m"]); });
        mapped.Release();
    }

    private static (MappedFile Mapped, SafetensorsHeader Header) Map(TemporaryFolder folder)
    {
        var bytes = RawFile.Of("{" + RawFile.Entry("a", "U8", "[2]", "[0,2]") + "," + RawFile.Entry("b", "F32", "[1]", "[2,6]") + "}", 6);
        for (var i = 0; i < 6; i++)
            bytes[^(6 - i)] = (byte)(i + 1);
        using var file = SafetensorsFile.Open(folder.Write(Path.GetRandomFileName(), bytes));
        return (file.Map(), file.Header);
    }
}

using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

/// <summary>Files of the reference writer.</summary>
public sealed class SafetensorsGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => [.. GoldenFolder.All.SelectMany(f => Directory.EnumerateFiles(f.Path, "*.safetensors", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(GoldenFolder.RepositoryRoot, f))];

    public static TheoryData<string> IndexFolders => [.. GoldenFolder.All.SelectMany(f => Directory.EnumerateFiles(f.Path, "*.index.fp16.json", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(GoldenFolder.RepositoryRoot, Path.GetDirectoryName(f)!))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_WhatWasRead_GivesTheReferencesFileByteForByte(string relative)
    {
        var path = Path.Combine(GoldenFolder.RepositoryRoot, relative);
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(path);
        Assert.NotEmpty(file.Header.Entries);

        SafetensorsWriter.Write(
            folder.File("again.safetensors"),
            file.Header.Entries.Reverse().Select(e => new SafetensorsTensorSource(e.Name, e.DType, e.Shape, s => Copy(file, e, s))),
            file.Header.Metadata);

        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(folder.File("again.safetensors"))));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public unsafe void Map_EveryTensor_HasTheBytesThatAreRead(string relative)
    {
        using var file = SafetensorsFile.Open(Path.Combine(GoldenFolder.RepositoryRoot, relative));
        var mapped = file.Map();
        try
        {
            foreach (var entry in file.Header.Entries)
            {
                var bytes = new byte[entry.Length];
                file.Read(entry, bytes);
                Assert.True(bytes.AsSpan().SequenceEqual(new ReadOnlySpan<byte>(mapped.Pointer(entry), bytes.Length)), entry.ToString());
            }
        }
        finally
        {
            mapped.Release();
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(IndexFolders))]
    public void Open_ShardedHalfSet_HasNamesAndShapesOfTheFloatSet(string relative) => AssertHalfIsFull(Path.Combine(GoldenFolder.RepositoryRoot, relative));

    [Fact]
    public void Open_ShardedHalfSetOfOurWriter_HasNamesAndShapesOfTheFloatSet()
    {
        using var folder = new TemporaryFolder();
        HalfShards.Write(GoldenFolder.All[0].Checkpoint("if-I/unet"), folder.Path);
        AssertHalfIsFull(folder.Path);
    }

    private void AssertHalfIsFull(string folder)
    {
        using var full = WeightSet.Open(folder);
        using var half = WeightSet.Open(folder, variant: "fp16");

        Assert.True(half.Files.Count > 1);
        Assert.Equal(["", "fp16"], WeightSet.Variants(folder));
        Assert.Equal(Shapes(full), Shapes(half));
        Assert.All(half.Entries, e => Assert.Equal(SafetensorsDType.F16, e.Entry.DType));
        Assert.Equal(ShardIndex.Open(half.Path).TotalSize, half.TotalBytes);
        var largest = 0f;
        foreach (var (file, entry) in half.Entries)
        {
            var (singleFile, single) = full[entry.Name];
            byte[] halves = new byte[entry.Length], singles = new byte[single.Length];
            file.Read(entry, halves);
            singleFile.Read(single, singles);
            for (var i = 0; i < entry.ElementCount; i++)
            {
                var value = BitConverter.ToSingle(singles, 4 * i);
                var stored = BitConverter.ToHalf(halves, 2 * i);
                Assert.Equal((Half)value, stored);
                largest = Math.Max(largest, MathF.Abs(value - (float)stored));
            }
        }

        output.WriteLine($"{folder}: {half.Entries.Count} tensors, {half.Files.Count} shards, largest rounding {largest}");
    }

    private static List<string> Shapes(WeightSet set) =>
        [.. set.Entries.Select(e => $"{e.Entry.Name} {string.Join(",", e.Entry.Shape)}").Order(StringComparer.Ordinal)];

    private static void Copy(SafetensorsFile file, SafetensorsEntry entry, Stream stream)
    {
        var bytes = new byte[entry.Length];
        file.Read(entry, bytes);
        stream.Write(bytes);
    }
}

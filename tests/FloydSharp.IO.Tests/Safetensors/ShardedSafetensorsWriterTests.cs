using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class ShardedSafetensorsWriterTests
{
    [Theory]
    [InlineData("fp16", "diffusion_pytorch_model.fp16-0000{0}-of-00003.safetensors", "diffusion_pytorch_model.safetensors.index.fp16.json")]
    [InlineData(null, "diffusion_pytorch_model-0000{0}-of-00003.safetensors", "diffusion_pytorch_model.safetensors.index.json")]
    public void Write_SeveralShards_HasTheNamesOfTheHub(string? variant, string shard, string index)
    {
        using var folder = new TemporaryFolder();

        var paths = ShardedSafetensorsWriter.Write(folder.Path, "diffusion_pytorch_model", Tensors(3, 3, 9, 2), maxShardBytes: 6, variant);

        string[] expected = [.. new[] { 1, 2, 3 }.Select(i => shard.Replace("{0}", $"{i}", StringComparison.Ordinal)), index];
        Assert.Equal(expected, paths.Select(p => Path.GetFileName(p)));
        Assert.Equal(expected.Order(StringComparer.Ordinal), folder.Names);
    }

    [Fact]
    public void Write_SeveralShards_ReadBackIdentical()
    {
        using var folder = new TemporaryFolder();
        ShardedSafetensorsWriter.Write(folder.Path, "model", Tensors(3, 3, 9, 2, 0), maxShardBytes: 6, metadata: new Dictionary<string, string> { ["format"] = "pt" });

        using var set = WeightSet.Open(folder.Path);

        Assert.Equal([6L, 9L, 2L], set.Files.Select(f => f.Header.DataLength));
        Assert.Equal(17, set.TotalBytes);
        Assert.Equal(17, ShardIndex.Open(set.Path).TotalSize);
        Assert.All(set.Files, f => Assert.Equal("pt", f.Header.Metadata["format"]));
        for (var i = 0; i < 5; i++)
        {
            var (file, entry) = set[$"t{i}"];
            var bytes = new byte[entry.Length];
            file.Read(entry, bytes);
            Assert.All(bytes, b => Assert.Equal(i + 1, b));
        }
    }

    [Fact]
    public void Write_EverythingFits_IsOneFileWithoutIndex()
    {
        using var folder = new TemporaryFolder();

        var paths = ShardedSafetensorsWriter.Write(folder.Path, "model", Tensors(3, 3), maxShardBytes: 6, "fp16");

        Assert.Equal([folder.File("model.fp16.safetensors")], paths);
        Assert.Equal(["model.fp16.safetensors"], folder.Names);
    }

    [Fact]
    public void Write_LaterShardFails_LeavesNothing()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<SafetensorsException>(() => ShardedSafetensorsWriter.Write(
            folder.Path, "model", [.. Tensors(6), new("bad", SafetensorsDType.U8, [4], _ => { })], maxShardBytes: 6));

        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("model-00002-of-00002.safetensors", "exists already")]
    [InlineData("model.safetensors.index.json", "exists already")]
    [InlineData("model.safetensors", "remove it first")]
    public void Write_FileInTheWay_IsRefusedBeforeWriting(string name, string rule)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, [1]);

        var error = Assert.Throws<SafetensorsException>(() => ShardedSafetensorsWriter.Write(folder.Path, "model", Tensors(6, 6), maxShardBytes: 6));

        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.Equal([name], folder.Names);
    }

    [Fact]
    public void Write_SameNameInTwoShards_IsRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<SafetensorsException>(() => ShardedSafetensorsWriter.Write(folder.Path, "model", [.. Tensors(6), .. Tensors(6)], maxShardBytes: 6));

        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("../model", null)]
    [InlineData("model", "a/b")]
    public void Write_NameWithSeparator_IsRefused(string baseName, string? variant)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<SafetensorsException>(() => ShardedSafetensorsWriter.Write(folder.Path, baseName, Tensors(1), 6, variant));
    }

    private static IEnumerable<SafetensorsTensorSource> Tensors(params int[] sizes) => sizes.Select((size, i) =>
        new SafetensorsTensorSource($"t{i}", SafetensorsDType.U8, [size], Enumerable.Repeat((byte)(i + 1), size).ToArray()));
}

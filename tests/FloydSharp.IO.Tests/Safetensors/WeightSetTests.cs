using System.Text;
using FloydSharp.IO.Safetensors;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class WeightSetTests
{
    private const string Shard1 = "model.fp16-00001-of-00002.safetensors";
    private const string Shard2 = "model-00002-of-00002.fp16.safetensors";

    [Theory]
    [InlineData(null, "model.safetensors", "model.fp16.safetensors")]
    [InlineData("", "model.safetensors", "model.fp16.safetensors")]
    [InlineData("fp16", "model.fp16.safetensors", "model.safetensors")]
    [InlineData("fp16", "diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors")]
    [InlineData(null, "diffusion_pytorch_model.safetensors", "pytorch_model.safetensors")]
    [InlineData("8bit", "model.8bit.safetensors", "model.safetensors")]
    public void Open_SingleFile_IsChosenByVariantThenBaseName(string? variant, string wanted, string other)
    {
        using var folder = new TemporaryFolder();
        folder.Write(wanted, Tensor("wanted"));
        folder.Write(other, Tensor("other"));

        using var set = WeightSet.Open(folder.Path, variant: variant);

        Assert.Equal(folder.File(wanted), set.Path);
        Assert.True(set.TryGet("wanted", out var location));
        Assert.Equal(4, location.Entry.Length);
        Assert.Equal(4, set.TotalBytes);
        Assert.False(set.TryGet("other", out _));
        Assert.Throws<KeyNotFoundException>(() => set["other"]);
    }

    [Theory]
    [InlineData("fp16", "model.safetensors.index.fp16.json")]
    [InlineData("fp16", "model.fp16.safetensors.index.json")]
    [InlineData(null, "model.safetensors.index.json")]
    public void Open_Index_OpensItsShards(string? variant, string index)
    {
        using var folder = new TemporaryFolder();
        folder.Write(Shard1, Tensor("a"));
        folder.Write(Shard2, Tensor("b"));
        WriteIndex(folder, index, ("a", Shard1), ("b", Shard2));

        using var set = WeightSet.Open(folder.Path, variant: variant);

        Assert.Equal(2, set.Files.Count);
        Assert.Equal(8, set.TotalBytes);
        Assert.Equal(["b", "a"], set.Entries.Select(e => e.Entry.Name));
        Assert.Equal(folder.File(Shard1), set["a"].File.Path);
        Assert.Equal([variant ?? ""], WeightSet.Variants(folder.Path));
    }

    [Fact]
    public void Open_BaseNamesGiven_LooksForThese()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.safetensors", Tensor("a"));
        folder.Write("lora.safetensors", Tensor("b"));

        using var set = WeightSet.Open(folder.Path, ["lora"]);

        Assert.True(set.TryGet("b", out _));
    }

    [Fact]
    public void Open_VariantNotThere_ListsThoseThatAre()
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.safetensors", Tensor("a"));
        folder.Write("model.8bit.safetensors", Tensor("a"));
        WriteIndex(folder, "model.safetensors.index.bf16.json", ("a", Shard1));

        var error = Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.Path, variant: "fp16"));

        Assert.Contains("'fp16'; the folder has: no variant, '8bit', 'bf16'.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["", "8bit", "bf16"], WeightSet.Variants(folder.Path));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.ckpt")]
    [InlineData("model.fp16.pt")]
    public void Open_OnlyPickles_IsRefusedWithReasonAndAdvice(string name)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, [0x80, 2]);

        var error = Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.Path));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("run any code", error.Message, StringComparison.Ordinal);
        Assert.Contains("safe_serialization=True", error.Message, StringComparison.Ordinal);
        Assert.Throws<SafetensorsException>(() => WeightSet.OpenFile(folder.File(name)));
    }

    [Fact]
    public void Open_NothingUseful_SaysWhatIsExpected()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder, "expected diffusion_pytorch_model.safetensors or model.safetensors");
        folder.Write("config.json", [1]);
        AssertRefused(folder, "expected diffusion_pytorch_model.safetensors");
        folder.Write("other.safetensors", Tensor("a"));
        AssertRefused(folder, "found 'other.safetensors'");
        folder.Write(Shard1, Tensor("a"));
        AssertRefused(folder, "index");
        Assert.Contains("no such folder", Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.File("none"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../fp16")]
    [InlineData("a/b")]
    [InlineData("C:x")]
    public void Open_VariantWithSeparator_IsRefused(string variant)
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("is no variant", Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.Path, variant: variant)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardMissing_NamesIt() => AssertSetRefused(
        f => f.Write(Shard1, Tensor("a")), $"the shard '{Shard2}' is missing", ("a", Shard1), ("b", Shard2));

    [Fact]
    public void Open_ShardInOtherLetterCase_IsMissing() => AssertSetRefused(
        f => f.Write(Shard1.ToUpperInvariant(), Tensor("a")), "is missing", ("a", Shard1));

    [Fact]
    public void Open_TensorNotInItsShard_IsRefused() => AssertSetRefused(
        f => f.Write(Shard1, Tensor("a")), "tensor 'b' should be in", ("a", Shard1), ("b", Shard1));

    [Fact]
    public void Open_TensorNotInTheIndex_IsRefused() => AssertSetRefused(
        f =>
        {
            f.Write(Shard1, Tensor("a"));
            f.Write(Shard2, Tensor("b", "c"));
        },
        "tensor 'c'", ("a", Shard1), ("b", Shard2));

    [Fact]
    public void Open_TensorInTwoShards_IsRefused() => AssertSetRefused(
        f =>
        {
            f.Write(Shard1, Tensor("a"));
            f.Write(Shard2, Tensor("a", "b"));
        },
        "tensor 'a' is in two shards", ("a", Shard1), ("b", Shard2));

    [Fact]
    public void Open_SecondShardBroken_NamesItAndClosesTheFirst()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m-1.safetensors", Tensor("a"));
        folder.Write("m-2.safetensors", Encoding.UTF8.GetBytes("<html>not found</html>"));
        WriteIndex(folder, "model.safetensors.index.json", ("a", "m-1.safetensors"), ("b", "m-2.safetensors"));

        var error = Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.Path));

        Assert.Equal(folder.File("m-2.safetensors"), error.Path);
        using var exclusive = new FileStream(folder.File("m-1.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull")]
    [InlineData("<html><title>401 Unauthorized</title></html>", "access token")]
    [InlineData("{\"error\":\"Repository not found\"}", "error message")]
    public void Open_ErrorPageUnderTheName_SaysSo(string content, string rule)
    {
        using var folder = new TemporaryFolder();
        folder.Write("model.safetensors", Encoding.UTF8.GetBytes(content));

        AssertRefused(folder, rule);
    }

    private static void AssertSetRefused(Action<TemporaryFolder> write, string rule, params (string Name, string Shard)[] map)
    {
        using var folder = new TemporaryFolder();
        write(folder);
        WriteIndex(folder, "model.safetensors.index.json", map);
        AssertRefused(folder, rule);
    }

    private static void AssertRefused(TemporaryFolder folder, string rule) =>
        Assert.Contains(rule, Assert.Throws<SafetensorsException>(() => WeightSet.Open(folder.Path)).Message, StringComparison.Ordinal);

    private static void WriteIndex(TemporaryFolder folder, string name, params (string Name, string Shard)[] map) => folder.Write(
        name, Encoding.UTF8.GetBytes("{\"weight_map\":{" + string.Join(",", map.Select(m => $"\"{m.Name}\":\"{m.Shard}\"")) + "}}"));

    private static byte[] Tensor(params string[] names) =>
        RawFile.Of("{" + string.Join(",", names.Select((n, i) => RawFile.Entry(n, "F32", "[1]", $"[{4 * i},{(4 * i) + 4}]"))) + "}", 4 * names.Length);
}

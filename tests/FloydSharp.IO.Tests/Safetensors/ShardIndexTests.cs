using System.Text;
using FloydSharp.IO.Safetensors;
using Xunit;

namespace FloydSharp.IO.Tests.Safetensors;

public sealed class ShardIndexTests
{
    [Fact]
    public void Parse_Index_HasMapShardsAndSize()
    {
        var index = Parse("{\"metadata\":{\"total_size\":12,\"other\":{\"x\":[1]}},\"weight_map\":{\"a\":\"m-2.safetensors\",\"b\":\"m-1.safetensors\",\"c\":\"m-2.safetensors\"},\"extra\":[1,{}]}");

        Assert.Equal(12, index.TotalSize);
        Assert.Equal(["m-1.safetensors", "m-2.safetensors"], index.Shards);
        Assert.Equal("m-2.safetensors", index.WeightMap["c"]);
    }

    [Theory]
    [InlineData("{\"weight_map\":{}}")]
    [InlineData("{\"metadata\":null,\"weight_map\":{}}")]
    [InlineData("{\"metadata\":{\"total_size\":1.5e9},\"weight_map\":{}}")]
    [InlineData("{\"metadata\":{\"total_size\":\"12\"},\"weight_map\":{}}")]
    public void Parse_UnusualSize_IsUnknown(string json) => Assert.Null(Parse(json).TotalSize);

    [Theory]
    [InlineData("../../x.safetensors")]
    [InlineData("/etc/x.safetensors")]
    [InlineData("sub/x.safetensors")]
    [InlineData("sub\\\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("C:\\\\x.safetensors")]
    [InlineData("x.safetensors:stream.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("x\\u0000.safetensors")]
    [InlineData("x.safetensors ")]
    [InlineData("x.safetensors\\n")]
    public void Parse_ShardThatIsNoPlainName_IsRefused(string shard) => AssertRefused($"{{\"weight_map\":{{\"a\":\"{shard}\"}}}}", "only a plain file name");

    [Theory]
    [InlineData("model.safetensors.index.json", "a .safetensors file is expected")]
    [InlineData("x.SAFETENSORS", "a .safetensors file is expected")]
    [InlineData("pytorch_model-00001-of-00002.bin", "pickle")]
    public void Parse_ShardOfAnotherKind_IsRefused(string shard, string rule) => AssertRefused($"{{\"weight_map\":{{\"a\":\"{shard}\"}}}}", rule);

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "no 'weight_map'")]
    [InlineData("{\"weight_map\":[]}", "not an object")]
    [InlineData("{\"weight_map\":null}", "not an object")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "names no file for 'a'")]
    [InlineData("{\"weight_map\":{\"a\":\"x.safetensors\",\"\\u0061\":\"x.safetensors\"}}", "'a' twice")]
    [InlineData("{\"weight_map\":{\"\":\"x.safetensors\"}}", "twice or empty")]
    [InlineData("{\"weight_map\":{},\"weight_map\":{}}", "twice")]
    [InlineData("{\"weight_map\":{}", "not valid JSON")]
    [InlineData("{\"weight_map\":{}}x", "not valid JSON")]
    [InlineData("{\"weight_map\":{\"\\ud800\":\"x.safetensors\"}}", "not valid Unicode")]
    [InlineData("", "0 bytes")]
    public void Parse_WrongJson_IsRefused(string json, string rule) => AssertRefused(json, rule);

    private static void AssertRefused(string json, string rule)
    {
        var error = Assert.Throws<SafetensorsException>(() => Parse(json));
        Assert.StartsWith("index.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }

    private static ShardIndex Parse(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return ShardIndex.Parse(stream, stream.Length, "index.json");
    }
}

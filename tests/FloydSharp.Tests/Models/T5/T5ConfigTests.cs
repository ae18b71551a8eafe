using FloydSharp.IO;
using FloydSharp.Models.T5;
using FloydSharp.Nn;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Models.T5;

public class T5ConfigTests
{
    [Fact]
    public void Parse_ValuesInTheFile_WinOverDefaults()
    {
        var config = T5Config.Parse("""{"d_model": 12, "feed_forward_proj": "gated-silu", "torch_dtype": "float16", "n_positions": 512}""");
        Assert.Equal(12, config.DModel);
        Assert.Equal(64, config.DKv);
        Assert.Equal(32128, config.VocabSize);
        Assert.Equal(Activation.Silu, config.Activation);
    }

    [Theory]
    [InlineData("""{"feed_forward_proj": "relu"}""", "feed_forward_proj")]
    [InlineData("""{"d_model": 12}""", "feed_forward_proj")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "dense_act_fn": "relu"}""", "dense_act_fn")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "model_type": "umt5"}""", "model_type")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "is_decoder": true}""", "is_decoder")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "num_layers": 2000000000}""", "num_layers")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "num_layers": 99999999999999}""", "num_layers")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "num_heads": 0}""", "num_heads")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "d_ff": "wide"}""", "d_ff")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "d_kv": null}""", "d_kv")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "layer_norm_epsilon": -1}""", "layer_norm_epsilon")]
    [InlineData("""{"feed_forward_proj": "gated-gelu", "relative_attention_max_distance": 8}""", "relative_attention_max_distance")]
    [InlineData("[1]", "object")]
    [InlineData("{", "JSON")]
    [InlineData("""{"d_kv": 1, "d_kv": 2}""", "d_kv")]
    public void Parse_UnsupportedValue_FailsByName(string json, string named)
    {
        var error = Assert.Throws<FloydException>(() => T5Config.Parse(json));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_MissingFile_SaysWhich()
    {
        var error = Assert.Throws<FloydException>(() => T5Config.Load("no-such-folder/config.json"));
        Assert.Contains("no-such-folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_RealConfiguration_ReadsBackEqual() => Assert.Equal(T5Config.Xxl, T5Config.Parse(T5Config.Xxl.ToJson()));

    [Fact]
    public void Load_EveryGoldenFolder_IsSupported()
    {
        foreach (var folder in GoldenFolder.All)
            T5Config.Load(folder.Checkpoint("if-I/text_encoder")).Validate();
    }
}

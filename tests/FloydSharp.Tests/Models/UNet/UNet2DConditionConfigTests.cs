using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using FloydSharp.IO;
using FloydSharp.Models.UNet;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Models.UNet;

public class UNet2DConditionConfigTests
{
    public static TheoryData<string> RealNames => [.. RealConfigs.ByName.Keys];

    /// <summary>A key, a value that must be refused, and a word the message must have besides the key and the source.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "block_out_channels", "[192, -384, 576, 768]", "-384" },
        { "block_out_channels", "[192, 0, 576, 768]", "0" },
        { "block_out_channels", "[192, 384, 576]", "3" },
        { "block_out_channels", "[]", "0" },
        { "block_out_channels", "[192, 384, 576, 2147483647]", "2147483647" },
        { "block_out_channels", "[192, 384, 576, 99999999999]", "whole number" },
        { "block_out_channels", "\"192\"", "list" },
        { "in_channels", "0", "1 to" },
        { "in_channels", "1.5", "whole number" },
        { "in_channels", "null", "whole number" },
        { "in_channels", "\"3\"", "whole number" },
        { "norm_num_groups", "null", "groups" },
        { "norm_num_groups", "0", "1 to" },
        { "norm_num_groups", "7", "divisor" },
        { "norm_eps", "0", "to 1" },
        { "norm_eps", "\"NaN\"", "a number" },
        { "layers_per_block", "[3, 3]", "4" },
        { "layers_per_block", "-1", "1 to" },
        { "layers_per_block", "1000000", "1 to" },
        { "attention_head_dim", "48.5", "whole number" },
        { "attention_head_dim", "36", "divisor" },
        { "attention_head_dim", "null", "whole number" },
        { "only_cross_attention", "[true]", "4" },
        { "only_cross_attention", "\"yes\"", "true, false" },
        { "cross_attention_dim", "[768, 768, 768, 1024]", "same" },
        { "cross_attention_dim", "48", "32" },
        { "transformer_layers_per_block", "[[1, 1], 1, 1, 1]", "whole number" },
        { "reverse_transformer_layers_per_block", "[1, 1, 1, 1]", "null" },
        { "num_attention_heads", "8", "null" },
        { "down_block_types", "[\"ResnetDownsampleBlock2D\", \"AttnDownBlock2D\", \"DownBlock2D\", \"DownBlock2D\"]", "AttnDownBlock2D" },
        { "up_block_types", "[\"UpBlock2D\"]", "4" },
        { "mid_block_type", "\"UNetMidBlock2D\"", "UNetMidBlock2DCrossAttn" },
        { "mid_block_type", "null", "UNetMidBlock2DCrossAttn" },
        { "mid_block_scale_factor", "0", "to" },
        { "resnet_out_scale_factor", "-1", "to" },
        { "class_embed_type", "\"projection\"", "timestep" },
        { "addition_embed_type", "\"text_time\"", "text" },
        { "addition_embed_type_num_heads", "63", "divisor" },
        { "encoder_hid_dim", "0", "1 to" },
        { "encoder_hid_dim", "null", "encoder_hid_dim_type" },
        { "encoder_hid_dim_type", "\"image_proj\"", "text_proj" },
        { "cross_attention_norm", "\"layer_norm\"", "group_norm" },
        { "resnet_time_scale_shift", "\"ada_group\"", "scale_shift" },
        { "resnet_time_scale_shift", "null", "a text" },
        { "time_embedding_type", "\"fourier\"", "positional" },
        { "time_embedding_act_fn", "\"snake\"", "silu" },
        { "act_fn", "\"snake\"", "silu" },
        { "timestep_post_act", "\"silu\"", "null" },
        { "time_cond_proj_dim", "256", "null" },
        { "attention_type", "\"gated\"", "default" },
        { "dual_cross_attention", "true", "false" },
        { "class_embeddings_concat", "true", "false" },
        { "conv_in_kernel", "4", "odd" },
        { "conv_out_kernel", "-3", "1 to" },
        { "downsample_padding", "2", "0 to 1" },
        { "freq_shift", "1000", "to" },
        { "sample_size", "-64", "1 to" },
        { "use_cross_attention_turbo", "true", "not known" },
        { "_class_name", "\"UNet3DConditionModel\"", "UNet2DConditionModel" },
    };

    [Theory]
    [MemberData(nameof(RealNames))]
    public void Parse_WrittenConfig_GivesItBack(string name)
    {
        var config = RealConfigs.ByName[name];

        Assert.Equal(config.ToJson(), UNet2DConditionConfig.Parse(config.ToJson()).ToJson());
    }

    [Fact]
    public void Load_GoldenCheckpoints_ReadsEveryKey()
    {
        var folders = GoldenCase.OfKind("UNet2DConditionModel").Select(c => c.Folder.Checkpoint(c.Json.GetProperty("checkpoint").GetString()!)).ToList();
        Assert.NotEmpty(folders);
        foreach (var folder in folders)
        {
            var written = JsonNode.Parse(UNet2DConditionConfig.Load(folder).ToJson())!.AsObject();
            foreach (var (key, value) in JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject())
            {
                if (key != "_diffusers_version")
                    Assert.True(Same(value, written[key]), $"{folder}: {key} is {value}, read as {written[key]}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Parse_BadValue_IsRefusedByName(string key, string value, string word)
    {
        var json = JsonNode.Parse(RealConfigs.StageIMedium.ToJson())!.AsObject();
        json[key] = JsonNode.Parse(value);
        var error = Assert.Throws<FloydException>(() => UNet2DConditionConfig.Parse(json.ToJsonString(), "the file some/config.json"));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Contains("the file some/config.json", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"in_channels\": 3, \"in_channels\": 4}")]
    public void Parse_NotAConfig_IsRefused(string json) =>
        Assert.Contains("here", Assert.Throws<FloydException>(() => UNet2DConditionConfig.Parse(json, "here")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_EmptyObject_GivesTheReferencesDefaults()
    {
        var config = UNet2DConditionConfig.Parse("{}");

        Assert.Equal([320, 640, 1280, 1280], config.BlockOutChannels);
        Assert.Equal(1280, config.TextWidth);
        Assert.Equal(1280, config.TimeWidth);
    }

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        var error = Assert.Throws<FloydException>(() => UNet2DConditionConfig.Load("no/such/folder"));

        Assert.Contains("folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyNumberAnywhere_GivesAModelOrAMessage()
    {
        var keys = JsonNode.Parse(RealConfigs.StageIIMedium.ToJson())!.AsObject().Select(p => p.Key).ToArray();
        var number = Gen.OneOf(Gen.Int.Select(i => i.ToString(CultureInfo.InvariantCulture)), Gen.Int[-2, 200].Select(i => i.ToString(CultureInfo.InvariantCulture)));
        Gen.Select(Gen.Int[0, keys.Length - 1].Select(i => keys[i]), Gen.OneOf(number, number.Array[0, 6].Select(a => $"[{string.Join(", ", a)}]"))).Sample((key, value) =>
        {
            var json = JsonNode.Parse(RealConfigs.StageIIMedium.ToJson())!.AsObject();
            json[key] = JsonNode.Parse(value);
            try
            {
                using var model = new UNet2DConditionModel(UNet2DConditionConfig.Parse(json.ToJsonString()));
                Assert.NotEmpty(model.NamedWeights());
            }
            catch (FloydException)
            {
                // A message is as good as a model; any other exception fails the test.
            }
        }, iter: 500, threads: 1);
    }

    private static bool Same(JsonNode? a, JsonNode? b) =>
        JsonNode.DeepEquals(a, b) || (a is JsonValue x && b is JsonValue y && x.TryGetValue(out double p) && y.TryGetValue(out double q) && p == q);
}

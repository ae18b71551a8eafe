using FloydSharp.IO;
using FloydSharp.Models.Clip;
using Xunit;

namespace FloydSharp.Tests.Models.Clip;

public class ClipConfigTests
{
    [Fact]
    public void ParseText_RealValues_EqualThePreset() => Assert.Equal(ClipTextConfig.X4Upscaler, ClipTextConfig.Parse("""
        {"_name_or_path": "x", "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0,
         "hidden_act": "gelu", "hidden_size": 1024, "intermediate_size": 4096, "max_position_embeddings": 77,
         "model_type": "clip_text_model", "num_attention_heads": 16, "num_hidden_layers": 23, "torch_dtype": "float32"}
        """));

    [Fact]
    public void ParseVision_NothingGiven_IsTheReferencesDefault() =>
        Assert.Equal(new ClipVisionConfig(), ClipVisionConfig.Parse("""{"model_type": "clip", "vision_config": {}}"""));

    [Fact]
    public void ParseVision_EarlyFileWithTwoTables_TakesTheSecondWhole()
    {
        var config = ClipVisionConfig.Parse("""
            {"model_type": "clip", "projection_dim": 5, "vision_config": {"hidden_size": 32, "num_attention_heads": 2, "hidden_act": "gelu"},
             "vision_config_dict": {"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "projection_dim": 768}}
            """);
        Assert.Equal(ClipVisionConfig.SafetyChecker, config);
        Assert.Equal(256, config.PatchCount);
    }

    [Fact]
    public void ToJson_Presets_ReadBackEqual()
    {
        Assert.Equal(ClipTextConfig.X4Upscaler, ClipTextConfig.Parse(ClipTextConfig.X4Upscaler.ToJson()));
        Assert.Equal(ClipVisionConfig.SafetyChecker, ClipVisionConfig.Parse(ClipVisionConfig.SafetyChecker.ToJson()));
    }

    [Theory]
    [InlineData("""{"hidden_act": "tanh"}""", "hidden_act")]
    [InlineData("""{"use_attention_mask": true}""", "use_attention_mask")]
    [InlineData("""{"model_type": "t5"}""", "model_type")]
    [InlineData("""{"num_attention_heads": 7}""", "num_attention_heads")]
    [InlineData("""{"num_hidden_layers": -1}""", "num_hidden_layers")]
    [InlineData("""{"layer_norm_eps": 0}""", "layer_norm_eps")]
    public void ParseText_UnsupportedValue_FailsByName(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FloydException>(() => ClipTextConfig.Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"vision_config": {"patch_size": 500}}""", "patch_size")]
    [InlineData("""{"vision_config": {"hidden_act": "selu"}}""", "hidden_act")]
    [InlineData("""{"vision_config": {"image_size": 1000000}}""", "image_size")]
    [InlineData("""{"vision_config": {"model_type": "siglip_vision_model"}}""", "model_type")]
    [InlineData("""{"model_type": "clip_text_model"}""", "model_type")]
    public void ParseVision_UnsupportedValue_FailsByName(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FloydException>(() => ClipVisionConfig.Parse(json)).Message, StringComparison.Ordinal);
}

using FloydSharp.IO;
using FloydSharp.Models.Vae;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Models.Vae;

public class AutoencoderKLConfigTests
{
    [Fact]
    public void ToJson_RealConfiguration_ReadsBackEqual()
    {
        var back = AutoencoderKLConfig.Parse(AutoencoderKLConfig.X4Upscaler.ToJson());
        Assert.Equal([128L, 256, 512], back.BlockOutChannels);
        Assert.Equal(AutoencoderKLConfig.X4Upscaler.ToJson(), back.ToJson());
    }

    [Fact]
    public void Parse_MissingValues_HaveTheReferencesDefaults()
    {
        var config = AutoencoderKLConfig.Parse("""{"_class_name": "AutoencoderKL", "_diffusers_version": "0.8.0"}""");
        Assert.Equal(0.18215, config.ScalingFactor);
        Assert.True(config.ForceUpcast);
        Assert.Equal(1, config.SpatialFactor);
    }

    [Fact]
    public void Parse_TwoSides_TakesTheFirst() => Assert.Equal(48, AutoencoderKLConfig.Parse("""{"sample_size": [48, 64]}""").SampleSize);

    [Fact]
    public void Load_EveryGoldenFolder_IsSupported()
    {
        foreach (var folder in GoldenFolder.All)
            Assert.Equal(0.08333, AutoencoderKLConfig.Load(folder.Checkpoint("x4/vae")).ScalingFactor);
    }

    [Theory]
    [InlineData("""{"_class_name": "AutoencoderTiny"}""", "AutoencoderTiny")]
    [InlineData("""{"spectral_norm": true}""", "spectral_norm")]
    [InlineData("""{"act_fn": "elu"}""", "act_fn")]
    [InlineData("""{"down_block_types": ["AttnDownEncoderBlock2D"]}""", "AttnDownEncoderBlock2D")]
    [InlineData("""{"up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]}""", "up_block_types")]
    [InlineData("""{"block_out_channels": [33]}""", "block_out_channels")]
    [InlineData("""{"block_out_channels": []}""", "block_out_channels")]
    [InlineData("""{"block_out_channels": 64}""", "block_out_channels")]
    [InlineData("""{"block_out_channels": null}""", "block_out_channels")]
    [InlineData("""{"layers_per_block": 0}""", "layers_per_block")]
    [InlineData("""{"scaling_factor": 0}""", "scaling_factor")]
    [InlineData("""{"shift_factor": 0.1}""", "shift_factor")]
    [InlineData("""{"latents_mean": [0.5]}""", "latents_mean")]
    public void Parse_UnsupportedValue_FailsByName(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FloydException>(() => AutoencoderKLConfig.Parse(json)).Message, StringComparison.Ordinal);
}

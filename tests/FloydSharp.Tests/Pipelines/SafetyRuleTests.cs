using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

public sealed class SafetyRuleTests
{
    [Theory]
    [InlineData(-1e9, true)]
    [InlineData(-1e9, false)]
    [InlineData(1e9, true)]
    public void ToPictures_ByARule_BlursBlackensOrLeaves(double threshold, bool blur)
    {
        using var components = IFComponents.Open(GoldenFolder.All[0].Checkpoint("if-I"), new() { Watermark = false, SafetyRule = new(threshold, blur) });
        using var noise = NoiseSource.FromSeed(1);
        using var scope = NewDisposeScope();
        var images = noise.Draw([1, 3, 64, 64], ScalarType.Float32, CPU).clamp(-1, 1);

        var picture = Assert.Single(components.ToPictures(images));

        var (low, high) = (picture.Image.Pixels.Min(), picture.Image.Pixels.Max());
        Assert.Equal(threshold < 0, picture.NsfwDetected);
        if (threshold > 0)
            Assert.Equal((0, 255), (low, high));
        else if (blur)
            Assert.True(low > 100 && high < 155, $"{low} to {high}");
        else
            Assert.Equal((0, 0), (low, high));
    }

    [Fact]
    public void DeepFloyd_Threshold_IsTheProbabilityOfOneHalf()
    {
        Assert.Equal(0.5, 1 / (1 + Math.Exp(-SafetyRule.DeepFloyd.Threshold)));
        Assert.Equal(0.5, SafetyRule.Diffusers.Threshold);
        Assert.False(SafetyRule.Diffusers.Blur);
    }
}

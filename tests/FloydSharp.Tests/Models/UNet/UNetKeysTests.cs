using FloydSharp.Models.UNet;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;

namespace FloydSharp.Tests.Models.UNet;

public class UNetKeysTests
{
    /// <summary>Name, keys, millions of parameters as published (or, for IF-II-M, as the reference builds it).</summary>
    public static TheoryData<string, int, int> Sizes => new()
    {
        { "IF-I-M", 775, 372 },
        { "IF-I-L", 775, 935 },
        { "IF-I-XL", 775, 4305 },
        { "IF-II-M", 753, 513 },
        { "IF-II-L", 847, 1184 },
        { "x4-upscaler", 687, 473 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void NamedWeights_RealConfig_HasThePublishedSize(string name, int keys, int millions)
    {
        using var model = new UNet2DConditionModel(RealConfigs.ByName[name]);
        var weights = model.NamedWeights().ToList();

        Assert.Equal(keys, weights.Count);
        Assert.Equal(millions, (int)Math.Round(weights.Sum(w => w.Value.ElementCount) / 1e6));
    }

    public static TheoryData<string> Names => [.. RealConfigs.ByName.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void NamedWeights_RealConfig_EqualsTheSnapshot(string name)
    {
        using var model = new UNet2DConditionModel(RealConfigs.ByName[name]);
        var actual = model.NamedWeights().Select(w => $"{w.Key} [{string.Join(", ", w.Value.Shape)}]").Order(StringComparer.Ordinal);
        var expected = File.ReadLines(Path.Combine(
            GoldenFolder.RepositoryRoot, "tests", "FloydSharp.Tests", "Models", "keys", $"unet-{name}.txt")).Order(StringComparer.Ordinal);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Constructor_LargestModel_AllocatesNoTensor()
    {
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using var model = new UNet2DConditionModel(RealConfigs.StageIExtraLarge);

        Assert.True(model.NamedWeights().Sum(w => w.Value.ElementCount) > 4_000_000_000);
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }
}

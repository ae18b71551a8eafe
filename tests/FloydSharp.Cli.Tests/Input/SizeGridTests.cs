using CsCheck;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Tests.Input;

public class SizeGridTests
{
    private static readonly SizeGrid _all = new(Sample: 64, Multiple: 8, Scale: 16);

    [Theory]
    [InlineData("1024x1024", 64, 64)]
    [InlineData("1024x768", 64, 48)]
    [InlineData("128X256", 8, 16)]
    public void FromSize_OfTheLastPicture_GivesStageOnesSize(string text, int width, int height) =>
        Assert.Equal((width, height), _all.FromSize(text));

    [Fact]
    public void FromSize_OffTheGrid_NamesTheNearest() =>
        Assert.Contains("multiples of 128; the nearest is 1024x768", Assert.Throws<FloydException>(() => _all.FromSize("1000x800")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1024")]
    [InlineData("1024x")]
    [InlineData("0x0")]
    [InlineData("axb")]
    [InlineData("1024x1024x1024")]
    [InlineData("-128x128")]
    public void FromSize_NoSize_SaysWhatWasGiven(string text) => Assert.StartsWith(
        $"--size {text}: expected width x height", Assert.Throws<FloydException>(() => _all.FromSize(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1:1", 64, 64)]
    [InlineData("4:1", 128, 32)]
    [InlineData("1:4", 32, 128)]
    public void FromAspect_ARatio_KeepsTheArea(string text, int width, int height) => Assert.Equal((width, height), _all.FromAspect(text));

    [Theory]
    [InlineData("5:1")]
    [InlineData("1:0")]
    [InlineData("0:1")]
    [InlineData("-3:-2")]
    [InlineData("3")]
    [InlineData("wide")]
    public void FromAspect_NoRatio_Throws(string text) => Assert.Throws<FloydException>(() => _all.FromAspect(text));

    [Fact]
    public void FromAspect_AnyRatio_LiesOnTheGridNearRatioAndArea() =>
        Gen.Select(Gen.Int[1, 32], Gen.Int[1, 32]).Where(r => r.Item1 <= 4 * r.Item2 && r.Item2 <= 4 * r.Item1).Sample((w, h) =>
        {
            var (width, height) = _all.FromAspect($"{w}:{h}");
            var ratio = (double)width / height / ((double)w / h);
            var area = width * height / (64.0 * 64.0);
            return width % 8 == 0 && height % 8 == 0 && ratio is > 0.8 and < 1.25 && area is > 0.7 and < 1.4;
        });
}

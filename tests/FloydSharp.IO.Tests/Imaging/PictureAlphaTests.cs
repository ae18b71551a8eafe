using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class PictureAlphaTests
{
    [Theory]
    [InlineData("white", 255, 255, 255)]
    [InlineData("black", 0, 0, 0)]
    [InlineData("#0A80ff", 10, 128, 255)]
    public void Parse_Colours_AreRead(string text, byte red, byte green, byte blue) => Assert.Equal(new(red, green, blue), RgbColour.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("#12345")]
    [InlineData("#12345g")]
    [InlineData("# 12345")]
    [InlineData("White")]
    public void Parse_Others_AreNot(string text) => Assert.Null(RgbColour.Parse(text));

    [Fact]
    public void Compose_TransparentPixels_ShowTheColour()
    {
        var image = new ImageBuffer(3, 1, 4, [9, 9, 9, 0, 200, 100, 50, 255, 200, 100, 0, 128]);

        Assert.Equal([10, 20, 30, 200, 100, 50, 105, 60, 15], PictureAlpha.Compose(image, new(10, 20, 30)).Pixels);
    }

    [Fact]
    public void Restore_OnTheSameColour_LooksTheSame()
    {
        var background = new RgbColour(255, 255, 255);
        var image = TestImages.Noise(40, 40, 4);
        var composed = PictureAlpha.Compose(image, background);

        var restored = PictureAlpha.Restore(composed, PictureAlpha.Of(image)!, background);

        Assert.Equal(PictureAlpha.Of(image)!.Pixels, PictureAlpha.Of(restored)!.Pixels);
        var again = PictureAlpha.Compose(restored, background);
        for (var i = 0; i < again.Pixels.Length; i++)
        {
            // Nothing is left of colours under full transparency.
            if (image.Pixels[(i / 3 * 4) + 3] > 0)
                Assert.InRange(again.Pixels[i], composed.Pixels[i] - 1, composed.Pixels[i] + 1);
        }
    }
}

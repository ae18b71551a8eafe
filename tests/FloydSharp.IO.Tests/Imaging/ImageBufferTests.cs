using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class ImageBufferTests
{
    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(1, 0, 3)]
    [InlineData(-4, 4, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(2, 2, 5)]
    [InlineData(int.MaxValue, int.MaxValue, 4)]
    [InlineData(40000, 40000, 3)]
    public void Constructor_SizeOutOfRange_Throws(int width, int height, int channels) =>
        Assert.ThrowsAny<ArgumentException>(() => new ImageBuffer(width, height, channels));

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    public void Constructor_WrongPixelCount_SaysBothCounts(int bytes)
    {
        var error = Assert.Throws<ArgumentException>(() => new ImageBuffer(2, 2, 3, new byte[bytes]));
        Assert.Contains("12", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{bytes}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_GivenPixels_SharesThem()
    {
        var pixels = new byte[12];
        var image = new ImageBuffer(2, 2, 3, pixels);
        image.Row(1)[0] = 7;
        Assert.Equal(7, pixels[6]);
    }

    [Fact]
    public void Crop_Rectangle_CopiesIt()
    {
        var image = TestImages.Noise(7, 5, 3);
        var crop = image.Crop(2, 1, 4, 3);
        Assert.Equal("4x3 RGB", crop.ToString());
        for (var y = 0; y < 3; y++)
            Assert.Equal(image.Row(y + 1)[6..18].ToArray(), crop.Row(y).ToArray());
    }

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(0, 0, 8, 2)]
    [InlineData(6, 0, 2, 2)]
    [InlineData(0, 4, 2, 2)]
    [InlineData(0, 0, 0, 2)]
    [InlineData(1, 1, int.MaxValue, int.MaxValue)]
    public void Crop_OutsidePicture_Throws(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentException>(() => new ImageBuffer(7, 5, 1).Crop(x, y, width, height));

    [Fact]
    public void ToRgb_Rgba_DropsAlphaWithoutBlending() =>
        Assert.Equal([1, 2, 3, 5, 6, 7], new ImageBuffer(2, 1, 4, [1, 2, 3, 0, 5, 6, 7, 8]).ToRgb().Pixels);

    [Fact]
    public void ToRgb_Grey_RepeatsIt() =>
        Assert.Equal([9, 9, 9, 200, 200, 200], new ImageBuffer(2, 1, 1, [9, 200]).ToRgb().Pixels);

    [Fact]
    public void ToRgb_Rgb_IsIndependentCopy()
    {
        var image = TestImages.Noise(3, 3, 3);
        var copy = image.ToRgb();
        Assert.True(copy.ContentEquals(image));
        Assert.NotSame(image.Pixels, copy.Pixels);
    }

    // Luma by ITU-R 601-2 times 65536, rounded: worked by hand for the primaries, white and one colour.
    [Theory]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 150)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(255, 255, 255, 255)]
    [InlineData(10, 20, 30, 18)]
    [InlineData(0, 0, 0, 0)]
    public void ToGrey_Colour_IsLuma(byte red, byte green, byte blue, byte expected)
    {
        Assert.Equal(expected, new ImageBuffer(1, 1, 3, [red, green, blue]).ToGrey().Pixels[0]);
        Assert.Equal(expected, new ImageBuffer(1, 1, 4, [red, green, blue, 3]).ToGrey().Pixels[0]);
    }

    [Fact]
    public void ToGrey_GreyRoundTrip_IsIdentity()
    {
        var grey = new ImageBuffer(256, 1, 1, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        Assert.True(grey.ToRgb().ToGrey().ContentEquals(grey));
    }

    [Fact]
    public void ContentEquals_OtherShapeOrSample_IsFalse()
    {
        var image = new ImageBuffer(2, 3, 1);
        Assert.True(image.ContentEquals(new ImageBuffer(2, 3, 1)));
        Assert.False(image.ContentEquals(new ImageBuffer(3, 2, 1)));
        Assert.False(image.ContentEquals(new ImageBuffer(2, 3, 1, [0, 0, 0, 0, 0, 1])));
        Assert.False(image.ContentEquals(null));
    }
}

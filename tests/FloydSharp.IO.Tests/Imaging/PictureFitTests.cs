using CsCheck;
using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class PictureFitTests
{
    [Theory]
    [InlineData(100, 70, 64, 88, 64)]
    [InlineData(70, 100, 64, 64, 88)]
    [InlineData(640, 640, 64, 64, 64)]
    [InlineData(1000, 1, 8, 8000, 8)]
    [InlineData(17, 16, 16, 16, 16)]
    public void ShorterSide_Sizes_AreTheReferences(int width, int height, int side, int expectedWidth, int expectedHeight) =>
        Assert.Equal((expectedWidth, expectedHeight), PictureFit.ShorterSide(width, height, side));

    [Fact]
    public void Cover_WiderPicture_CutsBothSidesEvenly()
    {
        var image = new ImageBuffer(4, 2, 1, [10, 20, 30, 40, 10, 20, 30, 40]);

        var cut = PictureFit.Cover(image, 2, 2);

        Assert.Equal([20, 30, 20, 30], cut.Pixels);
    }

    [Fact]
    public void Cover_AnySizes_GivesThatSizeAndKeepsAPlainColour() =>
        Gen.Int[1, 300].Array[4].Sample(s =>
        {
            var image = new ImageBuffer(s[0], s[1], 3);
            image.Pixels.AsSpan().Fill(77);

            var result = PictureFit.Cover(image, s[2], s[3]);

            Assert.Equal((s[2], s[3], 3), (result.Width, result.Height, result.Channels));
            Assert.All(result.Pixels, p => Assert.Equal(77, p));
        }, iter: 50);
}

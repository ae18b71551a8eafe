using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class ContactSheetTests
{
    [Fact]
    public void Compose_ThreeInTwoColumns_LaysThemOutOnWhite()
    {
        var images = new[] { TestImages.Noise(4, 3, 3, 1), TestImages.Noise(4, 3, 4, 2), TestImages.Noise(2, 3, 1, 3) };
        var sheet = ContactSheet.Compose(images, 2, 5);
        Assert.Equal("13x11 RGB", sheet.ToString());
        Assert.True(sheet.Crop(0, 0, 4, 3).ContentEquals(images[0]));
        Assert.True(sheet.Crop(9, 0, 4, 3).ContentEquals(images[1].ToRgb()));
        Assert.True(sheet.Crop(1, 8, 2, 3).ContentEquals(images[2].ToRgb()));
        Assert.All(sheet.Crop(9, 8, 4, 3).Pixels, p => Assert.Equal(255, p));
        Assert.All(sheet.Crop(4, 0, 5, 11).Pixels, p => Assert.Equal(255, p));
    }

    [Fact]
    public void Compose_FewerThanColumns_IsNoWiderThanNeeded() =>
        Assert.Equal("4x3 RGB", ContactSheet.Compose([new ImageBuffer(4, 3, 3)], 9, 2).ToString());

    [Fact]
    public void Labelled_Pictures_StandUnderTheirNumbers()
    {
        var images = new[] { TestImages.Noise(20, 8, 3, 1), TestImages.Noise(20, 8, 3, 2) };
        var sheet = ContactSheet.Labelled(images, ["1", "11"], 2, 4);

        Assert.Equal("44x22 RGB", sheet.ToString());
        Assert.True(images[1].ContentEquals(sheet.Crop(24, 14, 20, 8)));
        var (one, two) = (sheet.Crop(0, 0, 20, 14), sheet.Crop(24, 0, 20, 14));
        Assert.Contains((byte)0, one.Pixels);
        Assert.Equal(2 * one.Pixels.Count(p => p == 0), two.Pixels.Count(p => p == 0));
        Assert.Equal("18x15 RGB", ContactSheet.Labelled([new ImageBuffer(1, 1, 1)], ["99"], 1, 0).ToString());
        Assert.Throws<ArgumentException>(() => ContactSheet.Labelled(images, ["1"], 1, 0));
        Assert.Throws<ArgumentException>(() => ContactSheet.Labelled(images, ["1", "x"], 1, 0));
    }

    [Fact]
    public void Labelled_EachDigit_LooksDifferent()
    {
        var dot = new ImageBuffer(1, 1, 3);
        var digits = Enumerable.Range(0, 10).Select(d => Convert.ToHexString(ContactSheet.Labelled([dot], [$"{d}"], 1, 0).Pixels));
        Assert.Equal(10, digits.Distinct().Count());
    }

    [Fact]
    public void Compose_BadArguments_Throws()
    {
        Assert.Throws<ArgumentException>(() => ContactSheet.Compose([], 1, 0));
        Assert.ThrowsAny<ArgumentException>(() => ContactSheet.Compose([new ImageBuffer(1, 1, 1)], 0, 0));
        Assert.ThrowsAny<ArgumentException>(() => ContactSheet.Compose([new ImageBuffer(1, 1, 1)], 1, -1));
    }
}

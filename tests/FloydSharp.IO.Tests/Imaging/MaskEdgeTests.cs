using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class MaskEdgeTests
{
    [Fact]
    public void Weights_RandomMasks_AreZeroOutsideAndRiseWithTheDistance()
    {
        var random = new Random(5);
        for (var i = 0; i < 60; i++)
        {
            var mask = Blobs(random, random.Next(8, 60), random.Next(8, 60));
            var feather = random.Next(0, 12);

            var weights = MaskEdge.Weights(mask, PictureWindow.Whole(mask), feather);

            for (var y = 0; y < mask.Height; y++)
            {
                for (var x = 0; x < mask.Width; x++)
                {
                    var expected = mask.Row(y)[x] == 0 ? 0 : Math.Min(255, Math.Round(255 * Nearest(mask, x, y) / (feather + 1)));
                    Assert.InRange(weights.Row(y)[x], expected - 1, expected + 1);
                    Assert.Equal(mask.Row(y)[x] == 0, weights.Row(y)[x] == 0);
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(MaskEdge.MaxFeather)]
    public void Weights_EmptyAndFull_AreNoneAndAll(int feather)
    {
        var mask = new ImageBuffer(31, 17, 1);
        Assert.All(MaskEdge.Weights(mask, PictureWindow.Whole(mask), feather).Pixels, w => Assert.Equal(0, w));
        mask.Pixels.AsSpan().Fill(255);
        Assert.All(MaskEdge.Weights(mask, PictureWindow.Whole(mask), feather).Pixels, w => Assert.Equal(255, w));

        // What is left out of the part stays as it is, so the part's edge is feathered there, and only there.
        var part = MaskEdge.Weights(mask, new(10, 0, 21, 17), 3);
        Assert.Equal([64, 128, 191, 255, 255], part.Row(8)[..5].ToArray());
        Assert.Equal(255, part.Row(0)[20]);
    }

    [Fact]
    public void SoftWeights_NarrowMask_IsPaintedFullyInItsMiddle()
    {
        var mask = new ImageBuffer(100, 100, 1);
        for (var y = 40; y < 49; y++)
            mask.Row(y)[10..90].Fill(255);
        var whole = PictureWindow.Whole(mask);

        Assert.Equal(85, MaskEdge.Weights(mask, whole, 14).Pixels.Max());
        var soft = MaskEdge.SoftWeights(mask, whole, 14);

        Assert.Equal([0, 85, 170, 255, 255], Enumerable.Range(39, 5).Select(y => soft.Row(y)[50]));
        Assert.True(MaskEdge.SoftWeights(mask, whole, 3).ContentEquals(MaskEdge.Weights(mask, whole, 3)));
    }

    [Fact]
    public void Sharpen_AnyGrey_DividesAtOneHalfAtThePicturesSize()
    {
        Assert.Equal([0, 0, 255, 255], MaskEdge.Sharpen(new(4, 1, 1, [0, 127, 128, 255]), 4, 1).Pixels);
        Assert.Equal("40x10 grey", MaskEdge.Sharpen(new(4, 1, 4), 40, 10).ToString());
    }

    [Fact]
    public void Take_ThinLine_IsNotLost()
    {
        var mask = new ImageBuffer(1000, 1000, 1);
        mask.Row(517).Fill(255);

        var small = MaskEdge.Take(mask, PictureWindow.Whole(mask), 64, 64);

        Assert.Equal(64, small.Pixels.Count(p => p == 255));
        Assert.All(small.Row(33).ToArray(), p => Assert.Equal(255, p));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Paste_AnyPicture_ChangesNothingOutsideTheMask(int channels)
    {
        var random = new Random(channels);
        for (var i = 0; i < 40; i++)
        {
            var original = TestImages.Noise(random.Next(8, 90), random.Next(8, 90), channels, i);
            var mask = i switch { 0 => new(original.Width, original.Height, 1), 1 => Full(original), _ => Blobs(random, original.Width, original.Height) };
            var part = new PictureWindow(random.Next(4), random.Next(4), 0, 0);
            part = part with { Width = original.Width - part.X - random.Next(3), Height = original.Height - part.Y - random.Next(3) };
            var painted = TestImages.Noise(part.Width, part.Height, 3, -i);

            var result = PicturePaste.Apply(original, painted, MaskEdge.Weights(mask, part, random.Next(9)), part.X, part.Y);

            Assert.Equal(channels == 4 ? 4 : 3, result.Channels);
            var before = channels == 1 ? original.ToRgb() : original;
            for (var y = 0; y < mask.Height; y++)
            {
                for (var x = 0; x < mask.Width; x++)
                {
                    if (mask.Row(y)[x] == 0)
                        Assert.True(Pixel(before, x, y).SequenceEqual(Pixel(result, x, y)));
                }
            }
        }
    }

    [Fact]
    public void Paste_FullWeight_ShowsThePaintedPixelsOpaque()
    {
        var painted = TestImages.Noise(9, 7, 3);
        var all = Full(painted);

        Assert.True(PicturePaste.Apply(TestImages.Noise(9, 7, 3, 2), painted, all, 0, 0).ContentEquals(painted));
        var opaque = PicturePaste.Apply(TestImages.Noise(9, 7, 4, 2), painted, all, 0, 0);
        Assert.True(opaque.ToRgb().ContentEquals(painted));
        Assert.All(PictureAlpha.Of(opaque)!.Pixels, a => Assert.Equal(255, a));
    }

    private static ReadOnlySpan<byte> Pixel(ImageBuffer image, int x, int y) => image.Row(y).Slice(x * image.Channels, image.Channels);

    private static ImageBuffer Full(ImageBuffer like)
    {
        var mask = new ImageBuffer(like.Width, like.Height, 1);
        mask.Pixels.AsSpan().Fill(255);
        return mask;
    }

    private static ImageBuffer Blobs(Random random, int width, int height)
    {
        var mask = new ImageBuffer(width, height, 1);
        for (var i = random.Next(4); i >= 0; i--)
        {
            var (x, y) = (random.Next(width), random.Next(height));
            var (right, bottom) = (random.Next(x, width), random.Next(y, height));
            for (var row = y; row <= bottom; row++)
                mask.Row(row)[x..(right + 1)].Fill(255);
        }

        return mask;
    }

    private static double Nearest(ImageBuffer mask, int x, int y)
    {
        var best = double.PositiveInfinity;
        for (var v = 0; v < mask.Height; v++)
        {
            for (var u = 0; u < mask.Width; u++)
            {
                if (mask.Row(v)[u] == 0)
                    best = Math.Min(best, Math.Sqrt(((u - x) * (u - x)) + ((v - y) * (v - y))));
            }
        }

        return best;
    }
}

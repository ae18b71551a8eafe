using FloydSharp.IO.Imaging;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class PictureWindowTests
{
    private static readonly int[] _sides = [.. Enumerable.Range(0, 509).Select(i => 8 + (2 * i) + (i % 2))];

    public static TheoryData<PictureFitMode> Modes => [PictureFitMode.Fit, PictureFitMode.Crop, PictureFitMode.Pad];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Fit_AllSizes_GivesAWindowOfTheTargetsShape(PictureFitMode mode)
    {
        foreach (var width in _sides)
        {
            foreach (var height in _sides)
            {
                var whole = new PictureWindow(0, 0, width, height);
                var (targetWidth, targetHeight) = PictureFit.ShorterSide(Math.Min(width, 4 * height), Math.Min(height, 4 * width), 64);
                var window = whole.Fit(targetWidth, targetHeight, mode);
                var visible = window.Visible(width, height);

                // One side is rounded to whole pixels; fit may stretch by a fifth.
                var stretch = Math.Abs(Math.Log((double)window.Width * targetHeight / ((double)window.Height * targetWidth)));
                var rounding = Math.Max(0.51 / window.Width, 0.51 / window.Height);
                var isStretched = mode == PictureFitMode.Fit && window == whole;
                var (left, right) = (window.X, width - window.X - window.Width);
                var (top, bottom) = (window.Y, height - window.Y - window.Height);
                var isMiddle = Math.Abs(left - right) <= 1 && Math.Abs(top - bottom) <= 1 && (left == 0 || top == 0);
                if (stretch > (isStretched ? Math.Log(1.2) : rounding * 1.1) + 1e-9 || visible != (mode == PictureFitMode.Crop ? window : whole) || !isMiddle)
                    Assert.Fail($"{width}x{height} for {targetWidth}x{targetHeight}: {window}, of which {visible} is visible");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void TakeAndPutBack_AnySize_KeepGeometryAndContent(PictureFitMode mode)
    {
        // From tall over square to wide.
        for (var i = 0; i < _sides.Length; i += 36)
        {
            var (width, height) = (_sides[i], _sides[^(i + 1)]);
            var image = Ramp(width, height);
            var (targetWidth, targetHeight) = PictureFit.ShorterSide(Math.Min(width, 4 * height), Math.Min(height, 4 * width), 64);
            var window = PictureWindow.Whole(image).Fit(targetWidth, targetHeight, mode);
            var visible = window.Visible(width, height);

            var taken = window.Take(image, targetWidth, targetHeight);
            var same = window.PutBack(Resampler.Resize(taken, targetWidth * 2, targetHeight * 2, ResampleFilter.Bicubic), width, height, 1);
            var twice = window.PutBack(taken, width, height, 2);
            var own = window.PutBack(taken, width, height, null);

            Assert.Equal((targetWidth, targetHeight), (taken.Width, taken.Height));
            Assert.Equal((visible.Width, visible.Height), (same.Width, same.Height));
            Assert.Equal((2 * visible.Width, 2 * visible.Height), (twice.Width, twice.Height));
            Assert.InRange(Math.Abs(((double)own.Width * visible.Height) - ((double)own.Height * visible.Width)), 0, 0.5 * (visible.Width + visible.Height));
            Assert.True(own.Width >= Math.Min(taken.Width, taken.Width * (double)visible.Width / window.Width) - 1);

            // A slope survives, so nothing was shifted, mirrored or turned; near edges the filter flattens it.
            var error = MiddleError(image.Crop(visible.X, visible.Y, visible.Width, visible.Height), same);
            Assert.True(error <= 6, $"{width}x{height} {mode}: {error}");
        }
    }

    [Fact]
    public void Take_BeyondEdges_Mirrors()
    {
        var image = new ImageBuffer(3, 1, 1, [10, 20, 30]);

        Assert.Equal([20, 10, 10, 20, 30, 30, 20, 10, 10], new PictureWindow(-2, 0, 9, 1).Take(image, 9, 1).Pixels);
        Assert.Equal([10, 20, 30, 10, 20, 30], new PictureWindow(0, -1, 3, 2).Take(image, 3, 2).Pixels);
    }

    [Fact]
    public void Marked_AnyMask_IsTheSmallestWindow()
    {
        var mask = new ImageBuffer(20, 10, 1);
        Assert.Null(PictureWindow.Marked(mask));
        mask.Row(3)[7] = 255;
        Assert.Equal(new(7, 3, 1, 1), PictureWindow.Marked(mask));
        mask.Row(8)[2] = 1;
        Assert.Equal(new(2, 3, 6, 6), PictureWindow.Marked(mask));
        mask.Pixels.AsSpan().Fill(255);
        Assert.Equal(new(0, 0, 20, 10), PictureWindow.Marked(mask));
    }

    [Fact]
    public void Grow_AnyBox_StaysInsideHoldsItAndIsSquareWhereThereIsRoom()
    {
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var (width, height) = (random.Next(8, 1024), random.Next(8, 1024));
            var (x, y) = (random.Next(width), random.Next(height));
            var box = new PictureWindow(x, y, random.Next(1, width - x + 1), random.Next(1, height - y + 1));
            var margin = random.Next(200);

            var grown = box.Grow(margin, width, height);

            Assert.Equal(grown, grown.Visible(width, height));
            Assert.True(grown.X <= x && grown.Y <= y && grown.X + grown.Width >= x + box.Width && grown.Y + grown.Height >= y + box.Height);
            Assert.True(grown.Width == grown.Height || grown.Width == width || grown.Height == height);
            Assert.True(grown.Width >= Math.Min(width, box.Width + (2 * margin)));
        }
    }

    private static ImageBuffer Ramp(int width, int height)
    {
        var image = new ImageBuffer(width, height, 3);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                ((byte[])[(byte)(255 * x / width), (byte)(255 * y / height), (byte)(127 * (x + y) / (width + height))]).CopyTo(image.Row(y)[(3 * x)..]);
        }

        return image;
    }

    private static int MiddleError(ImageBuffer expected, ImageBuffer actual)
    {
        var worst = 0;
        for (var y = expected.Height / 4; y < expected.Height * 3 / 4; y++)
        {
            for (var i = expected.Stride / 12 * 3; i < expected.Stride / 4 * 3; i++)
                worst = Math.Max(worst, Math.Abs(expected.Row(y)[i] - actual.Row(y)[i]));
        }

        return worst;
    }
}

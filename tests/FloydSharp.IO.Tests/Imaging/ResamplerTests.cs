using CsCheck;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.IO.Tests.Imaging;

public sealed class ResamplerTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<GoldenCase>> Golden() =>
        GoldenCase.OfKind("PIL.Image.resize").Select(c => new TheoryDataRow<GoldenCase>(c));

    [Theory]
    [MemberData(nameof(Golden), DisableDiscoveryEnumeration = true)]
    public void Resize_Golden_IsBitExact(GoldenCase golden)
    {
        var input = ImageFile.Load(golden.Folder.FileOf($"{golden.Name}_in.png"));
        var files = Directory.GetFiles(golden.Folder.Path, $"{golden.Name}_*_*x*.png");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var filter = Enum.Parse<ResampleFilter>(Path.GetFileNameWithoutExtension(file).Split('_')[^2], ignoreCase: true);
            var expected = ImageFile.Load(file);
            var actual = Resampler.Resize(input, expected.Width, expected.Height, filter);
            var error = TestImages.LargestDifference(expected, actual);
            output.WriteLine($"{golden} {filter} {expected}: largest error {error}");
            Assert.Equal(0, error);
        }
    }

    [Fact]
    public void Resize_ConstantPicture_StaysConstant() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[1, 300], Gen.Byte, Gen.Enum<ResampleFilter>())
            .Sample(
                (width, height, newWidth, newHeight, level, filter) =>
                {
                    var image = new ImageBuffer(width, height, 3);
                    image.Pixels.AsSpan().Fill(level);
                    var result = Resampler.Resize(image, newWidth, newHeight, filter);
                    return (result.Width, result.Height) == (newWidth, newHeight) && !result.Pixels.AsSpan().ContainsAnyExcept(level);
                },
                iter: 300,
                threads: 2);

    [Fact]
    public void Resize_ChannelsOfRgb_AreIndependent() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int, Gen.Enum<ResampleFilter>())
            .Sample(
                (width, height, newWidth, newHeight, seed, filter) =>
                {
                    var image = TestImages.Noise(width, height, 3, seed);
                    var green = new ImageBuffer(width, height, 1, [.. image.Pixels.Where((_, i) => i % 3 == 1)]);
                    var expected = Resampler.Resize(green, newWidth, newHeight, filter);
                    return Resampler.Resize(image, newWidth, newHeight, filter).Pixels.Where((_, i) => i % 3 == 1).SequenceEqual(expected.Pixels);
                },
                iter: 200,
                threads: 2);

    [Fact]
    public void Resize_OpaqueRgba_EqualsRgb() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int, Gen.Enum<ResampleFilter>())
            .Sample(
                (width, height, newWidth, newHeight, seed, filter) =>
                {
                    var image = TestImages.Noise(width, height, 4, seed);
                    for (var i = 3; i < image.Pixels.Length; i += 4)
                        image.Pixels[i] = 255;
                    var result = Resampler.Resize(image, newWidth, newHeight, filter);
                    return result.ToRgb().ContentEquals(Resampler.Resize(image.ToRgb(), newWidth, newHeight, filter));
                },
                iter: 200,
                threads: 2);

    [Theory]
    [InlineData(ResampleFilter.Box)]
    [InlineData(ResampleFilter.Bilinear)]
    public void Resize_TransparentNeighbour_DoesNotBleed(ResampleFilter filter)
    {
        var image = new ImageBuffer(2, 1, 4, [200, 100, 50, 255, 0, 255, 0, 0]);
        var result = Resampler.Resize(image, 1, 1, filter);
        Assert.Equal([199, 99, 49, 128], result.Pixels); // (100, 50, 25) * 255 / 128, truncated
    }

    [Fact]
    public void Resize_BoxByWholeFactor_IsRoundedMean()
    {
        var image = new ImageBuffer(4, 2, 1, [0, 1, 10, 20, 2, 4, 30, 41]);
        Assert.Equal([2, 26], Resampler.Resize(image, 2, 1, ResampleFilter.Box).Pixels); // rows first: (0.5->1, 15), (3, 35.5->36)
    }

    [Fact]
    public void Resize_Nearest_TakesSampleUnderCentre()
    {
        var image = new ImageBuffer(5, 1, 1, [10, 20, 30, 40, 50]);
        Assert.Equal([10, 30, 50], Resampler.Resize(image, 3, 1, ResampleFilter.Nearest).Pixels);
        Assert.Equal([10, 10, 20, 20, 30, 30, 40, 40, 50, 50], Resampler.Resize(image, 10, 1, ResampleFilter.Nearest).Pixels);
    }

    [Fact]
    public void Resize_SameSize_IsIndependentCopy()
    {
        var image = TestImages.Noise(9, 4, 4);
        var result = Resampler.Resize(image, 9, 4, ResampleFilter.Lanczos);
        Assert.True(result.ContentEquals(image));
        Assert.NotSame(image.Pixels, result.Pixels);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    [InlineData(100_000, 100_000)]
    public void Resize_BadSize_Throws(int width, int height) =>
        Assert.ThrowsAny<ArgumentException>(() => Resampler.Resize(new ImageBuffer(3, 3, 3), width, height, ResampleFilter.Bicubic));

    [Fact]
    public void Resize_UnknownFilter_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => Resampler.Resize(new ImageBuffer(3, 3, 3), 2, 2, (ResampleFilter)17));
}

using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;
using FloydSharp.IO.Tests.Imaging;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using SkiaSharp;
using Xunit;

namespace FloydSharp.Tests.Cascade;

/// <summary>Files of every supported kind and of sizes from 8 to 1024, to the stages' geometry and back; what stages make is noise here. Alone, because it makes much garbage.</summary>
[Collection(nameof(EveryPictureTests))]
[CollectionDefinition(nameof(EveryPictureTests), DisableParallelization = true)]
public sealed class EveryPictureTests(ITestOutputHelper output) : IDisposable
{
    private const int Step = 25;

    private static readonly GoldenFolder Mini = GoldenFolder.All[0];

    // The channels that a file of this kind is read with.
    private static readonly (string Name, int Channels, Func<int, int, byte[]> File)[] _kinds =
    [
        ("PNG, 8 bits", 3, (w, h) => ImageFile.EncodePng(TestImages.Noise(w, h, 3, w))),
        ("PNG with alpha", 4, (w, h) => ImageFile.EncodePng(TestImages.Noise(w, h, 4, w))),
        ("PNG, grey", 1, (w, h) => TestImages.Png(w, h, 8, 0, Rows(w, h))),
        ("PNG, grey with alpha", 4, (w, h) => TestImages.Png(w, h, 8, 4, Rows(2 * w, h))),
        ("PNG, 16 bits", 3, (w, h) => TestImages.Png(w, h, 16, 2, Rows(6 * w, h))),
        ("PNG, 16 bits with alpha", 4, (w, h) => TestImages.Png(w, h, 16, 6, Rows(8 * w, h))),
        ("PNG, palette", 3, (w, h) => TestImages.Png(w, h, 8, 3, Rows(w, h), ("PLTE", Rows(768, 1)[0]))),
        ("PNG, palette with alpha", 4, (w, h) => TestImages.Png(w, h, 8, 3, Rows(w, h), ("PLTE", Rows(768, 1)[0]), ("tRNS", Rows(256, 1)[0]))),
        ("JPEG", 3, (w, h) => TestImages.Jpeg(TestImages.Noise(w, h, 3, w))),
        ("JPEG, upside down", 3, (w, h) => TestImages.Jpeg(TestImages.Noise(w, h, 3, w), 3)),
        ("JPEG, on its side", 3, (w, h) => TestImages.Jpeg(TestImages.Noise(h, w, 3, w), 6)),
        ("JPEG, on its side and mirrored", 3, (w, h) => TestImages.Jpeg(TestImages.Noise(h, w, 3, w), 7)),
        ("WebP", 3, (w, h) => TestImages.Encode(TestImages.Noise(w, h, 3, w), SKEncodedImageFormat.Webp)),
        ("WebP with alpha", 4, (w, h) => TestImages.LosslessWebp(TestImages.Noise(w, h, 4, w))),
    ];

    private readonly IFComponents _stage1 = IFComponents.Open(Mini.Checkpoint("if-I"));
    private readonly IFComponents _stage2 = IFComponents.Open(Mini.Checkpoint("if-II"));

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, _kinds.Length)];

    public void Dispose()
    {
        _stage1.Dispose();
        _stage2.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Finish_OfEverySize_IsInThePicturesGeometryAndTheSameOutsideTheMask(int kind)
    {
        var (name, channels, file) = _kinds[kind];
        var count = 0;
        // Kinds begin at different sizes, so that together they see every second one or so.
        for (var side = 8 + kind; side <= 1024; side += Step, count++)
        {
            var other = 8 + (side * 37 % 60);
            var (width, height) = count % 2 == 0 ? (side, other) : (other, side);
            var picture = ImageFile.Decode(file(width, height), toSrgb: true);
            Assert.Equal((width, height, channels), (picture.Width, picture.Height, picture.Channels));
            Inpaint(picture, $"{name} {width}x{height}", count);
            Vary(picture, count);
            Enlarge(picture);
        }

        output.WriteLine($"{name}: {count} sizes");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Inpainting_EmptyAndFullMasks_AreRefusedAndRepaintAll(int kind)
    {
        var picture = ImageFile.Decode(_kinds[kind].File(61 + kind, 45));
        var mask = new ImageBuffer(picture.Width, picture.Height, 1);
        Assert.Contains("marks nothing", Assert.Throws<FloydException>(() => Frame(new CascadeStart.Inpainting(picture, mask))).Message, StringComparison.Ordinal);

        mask.Pixels.AsSpan().Fill(255);
        var (frame, sizes) = Frame(new CascadeStart.Inpainting(picture, mask));
        var white = new ImageBuffer(sizes.Stage2.Width, sizes.Stage2.Height, 3);
        white.Pixels.AsSpan().Fill(255);
        Assert.All(Finish(frame, white).Pixels, p => Assert.Equal(255, p));
    }

    private void Inpaint(ImageBuffer picture, string what, int turn)
    {
        var mask = new ImageBuffer(picture.Width, picture.Height, 1);
        var side = Math.Max(2, Math.Min(picture.Width, picture.Height) / 3);
        for (var y = 0; y < side; y++)
            mask.Row(((picture.Height - side) / 2) + y).Slice((picture.Width - side) / 2, side).Fill(255);
        var start = new CascadeStart.Inpainting(picture, mask) { Fit = (PictureFitMode)(turn % 3), OnlyMasked = turn % 2 == 1 };
        var (frame, sizes) = Frame(start);
        using (var small = frame.Picture(sizes.Stage1))
        using (var marked = frame.Mask(sizes.Stage1))
        {
            Assert.Equal([1, 3, sizes.Stage1.Height, sizes.Stage1.Width], small.shape);
            Assert.Equal([1, 1, sizes.Stage1.Height, sizes.Stage1.Width], marked.shape);
            Assert.True(marked.sum().item<float>() > 0, what);
        }

        var made = Finish(frame, TestImages.Noise(sizes.Stage2.Width, sizes.Stage2.Height, 3));

        var before = picture.Channels == 1 ? picture.ToRgb() : picture;
        Assert.Equal(before.ToString(), made.ToString());
        var changed = 0;
        for (var i = 0; i < mask.Pixels.Length; i++)
        {
            if (before.Pixels.AsSpan(i * made.Channels, made.Channels).SequenceEqual(made.Pixels.AsSpan(i * made.Channels, made.Channels)))
                continue;
            Assert.True(mask.Pixels[i] == 255, $"{what}: pixel {i % picture.Width},{i / picture.Width} changed");
            changed++;
        }

        Assert.True(changed > side * side / 2, $"{what}: {changed} of {side * side} pixels changed");
    }

    private void Vary(ImageBuffer picture, int turn)
    {
        var (frame, sizes) = Frame(new CascadeStart.Variation(picture) { Fit = turn % 2 == 0 ? PictureFitMode.Fit : PictureFitMode.Pad, Scale = 1 });
        var made = Finish(frame, TestImages.Noise(sizes.Stage2.Width, sizes.Stage2.Height, 3));
        Assert.Equal((picture.Width, picture.Height, PictureAlpha.Of(picture) is null ? 3 : 4), (made.Width, made.Height, made.Channels));
    }

    private void Enlarge(ImageBuffer picture)
    {
        var (frame, sizes) = Frame(new CascadeStart.Enlargement(picture, 2) { Scale = 2 });
        var small = frame.Small(sizes.Stage1);
        Assert.Equal((sizes.Stage1.Width, sizes.Stage1.Height, 3), (small.Width, small.Height, small.Channels));
        Assert.True(sizes.Stage2.Width % _stage2.SizeMultiple == 0 && sizes.Stage2.Height % _stage2.SizeMultiple == 0);
        var made = Finish(frame, new(sizes.Stage2.Width, sizes.Stage2.Height, 3));
        Assert.Equal((2 * picture.Width, 2 * picture.Height), (made.Width, made.Height));
    }

    private (StartFrame Frame, StageSizes Sizes) Frame(CascadeStart start)
    {
        start.Validate();
        var sizes = StageSizes.Of(new() { Start = start }, _stage1, _stage2, null);
        return (new(start, sizes, 2, sizes.Stage2.Width / sizes.Stage1.Width), sizes);
    }

    private static ImageBuffer Finish(StartFrame frame, ImageBuffer made) => frame.Finish([new Picture(made, null, null)], pictures => pictures)[0].Image;

    private static byte[][] Rows(int bytes, int count)
    {
        var random = new Random(bytes);
        var rows = new byte[count][];
        for (var y = 0; y < count; y++)
            random.NextBytes(rows[y] = new byte[bytes]);
        return rows;
    }
}

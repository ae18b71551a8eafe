using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>vary, inpaint and upscale.</summary>
public class PictureVerbTests
{
    private static readonly Expectation _expectation = new("FloydSharp.Cli.Tests", "Expectations");

    private static string Photo => Checkpoints.Small.FileOf("resize_in.png");

    private static string Mask => Checkpoints.Small.FileOf("mask.png");

    [Fact]
    public void Vary_APicture_WritesEachStageInItsShapeAndSaysHow()
    {
        using var output = new TemporaryFolder();
        var run = CliRun.Of(Line("vary", output, Photo, "anime style", "--strength", "0.5,1", "--count", "2")).Succeeded();

        Assert.Equal(4, run.OutLines.Length);
        var info = PictureInfo.Read(run.OutLines[^1])!;
        Assert.Equal(("anime style", "variation", 6, 2), (info.Prompt, info.Start, info.Seed, info.Stage));
        Assert.Equal([0.5, 1.0], info.Stages.Select(s => s.Strength));
        Assert.Equal([10.0, 4.0], info.Stages.Select(s => s.GuidanceScale));
        Assert.True(info.Width > info.Height);
    }

    [Fact]
    public void Inpaint_WithMaskOrBox_RepaintsOnlyThere()
    {
        using var output = new TemporaryFolder();
        var square = output.File("square.png");
        ImageFile.SavePng(square, PictureFit.Middle(ImageFile.Load(Photo), 64, 64));
        string[] plain = ["--no-safety-checker", "--no-watermark"];

        var boxed = CliRun.Of(Line("inpaint", output, [square, "a test", "--box", "0,0,32,64", .. plain])).Succeeded();
        var masked = CliRun.Of(Line("inpaint", output, [Photo, "a test", "--mask", Mask, .. plain])).Succeeded();

        var original = ImageFile.Load(square);
        var painted = ImageFile.Load(boxed.OutLines[^1]);
        Assert.Equal((64, 64), (painted.Width, painted.Height));
        Assert.True(original.Crop(34, 0, 30, 64).ContentEquals(painted.Crop(34, 0, 30, 64)));
        Assert.False(original.Crop(0, 0, 32, 64).ContentEquals(painted.Crop(0, 0, 32, 64)));
        var info = PictureInfo.Read(masked.OutLines[^1])!;
        Assert.Equal("inpainting", info.Start);
        Assert.Equal([1.0, 0.8], info.Stages.Select(s => s.Strength));
        Assert.Equal(0, info.Stages[1].NoiseLevel);
    }

    [Fact]
    public void Inpaint_TransparentPartOfAPicture_IsFilledAndTheRestStays()
    {
        using var output = new TemporaryFolder();
        var picture = new ImageBuffer(45, 33, 4);
        new Random(1).NextBytes(picture.Pixels);
        for (var i = 0; i < 45 * 33; i++)
            picture.Pixels[(i * 4) + 3] = i % 45 is >= 10 and < 25 ? (byte)0 : (byte)255;
        var file = output.File("cut-out.png");
        ImageFile.SavePng(file, picture);
        string[] more = ["--feather", "0", "--only-masked", "--margin", "5", "--fit", "pad", "--background", "#808080"];

        var painted = ImageFile.Load(CliRun.Of(Line("inpaint", output, [file, "a test", "--mask", "alpha", .. more])).Succeeded().OutLines[^1]);

        Assert.Equal((45, 33), (painted.Width, painted.Height));
        Assert.True(picture.Crop(0, 0, 10, 33).ToRgb().ContentEquals(painted.Crop(0, 0, 10, 33).ToRgb()));
        Assert.True(picture.Crop(25, 0, 20, 33).ToRgb().ContentEquals(painted.Crop(25, 0, 20, 33).ToRgb()));
        Assert.False(picture.Crop(10, 0, 15, 33).ToRgb().ContentEquals(painted.Crop(10, 0, 15, 33).ToRgb()));
        Assert.All(Enumerable.Range(0, 45 * 33), i => Assert.Equal(255, painted.Pixels[(i * 4) + 3]));
    }

    [Fact]
    public void Upscale_BySeveralStages_StartsWhereTheScaleAsks()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        var small = output.File("my icon.png");
        ImageFile.SavePng(small, PictureFit.Middle(ImageFile.Load(Photo), 16, 16));
        string[] models =
        [
            "--stage2", folder.Checkpoint("if-II"), "--stage3", folder.Checkpoint("x4"), "--text-encoder", folder.Checkpoint("if-I/text_encoder"),
            "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--clip-tokenizer", Path.Combine(folder.Tokenizers!, "clip"),
            "--seed", "5", "--steps", "1", "--device", "cpu", "--out", output.Path,
        ];

        var both = CliRun.Of(["upscale", small, "--scale", "16", .. models]).Succeeded();
        var one = CliRun.Of(["upscale", small, "a test", .. models]).Succeeded();
        var large = CliRun.Of(["upscale", Photo, "--negative", "blurry", "--guidance", "1", .. models[2..4], .. models[8..]]).Succeeded();

        Assert.Equal([(2, 64), (3, 256)], both.OutLines.Select(Stage));
        Assert.All(both.OutLines, line => Assert.StartsWith("my-icon_s5_", Path.GetFileName(line), StringComparison.Ordinal));
        Assert.Equal([(2, 64)], one.OutLines.Select(Stage));
        Assert.StartsWith("a-test_s5_", Path.GetFileName(one.OutLines[0]), StringComparison.Ordinal);
        Assert.Equal([(3, 400)], large.OutLines.Select(Stage));
        var twice = CliRun.Of(["upscale", small, "--scale", "2", "--tile", "16", .. models]).Succeeded();
        Assert.Equal([(2, 32)], twice.OutLines.Select(Stage));

        static (int, int) Stage(string path) => PictureInfo.Read(path) is { Start: "enlargement" } info ? (info.Stage, info.Width) : default;
    }

    [Fact]
    public void Run_WithEachMistakeAboutPictures_SaysOneClearLine()
    {
        using var folder = new TemporaryFolder();
        var black = folder.File("black.png");
        ImageFile.SavePng(black, new ImageBuffer(100, 70, 1));
        var tall = folder.File("tall.png");
        ImageFile.SavePng(tall, Tall());
        var text = folder.File("text.png");
        File.WriteAllText(text, "no picture");
        string[] stages = ["--stage1", Checkpoints.Small.Checkpoint("if-I"), "--device", "cpu"];
        string[][] mistakes =
        [
            ["vary"],
            ["vary", Photo],
            ["vary", "nowhere.png", "a cat"],
            ["vary", text, "a cat"],
            ["vary", Photo, "a cat"],
            ["vary", Photo, "a cat", "--strength", "0"],
            ["vary", Photo, "a cat", "--strength", "1,2"],
            ["vary", Photo, "a cat", "--strength", "1,1,1"],
            ["vary", Photo, "a cat", "--strength", "0.01", "--out", folder.Path, .. stages],
            ["vary", Photo, "a cat", "--mask", Mask],
            ["inpaint", Photo, "a cat"],
            ["inpaint", Photo, "--box", "0,0,1,1"],
            ["inpaint", Photo, "a cat", "--box", "0,0,1"],
            ["inpaint", Photo, "a cat", "--box", "0,0,0,5"],
            ["inpaint", Photo, "a cat", "--box", "-1,0,5,5"],
            ["inpaint", Photo, "a cat", "--box", "50,0,51,70"],
            ["inpaint", Photo, "a cat", "--box", "0,0,9,9", "--mask", Mask],
            ["inpaint", Photo, "a cat", "--mask", "nowhere.png"],
            ["inpaint", Photo, "a cat", "--mask", black],
            ["inpaint", Photo, "a cat", "--mask", "alpha"],
            ["inpaint", Photo, "a cat", "--box", "0,0,9,9", "--feather", "-1"],
            ["inpaint", Photo, "a cat", "--box", "0,0,9,9", "--margin", "5"],
            ["inpaint", Photo, "a cat", "--box", "0,0,9,9", "--fit", "stretch"],
            ["inpaint", Photo, "a cat", "--box", "0,0,9,9", "--background", "red"],
            ["inpaint", Photo, "a cat", "--box", "0,0,100,1", "--fit", "crop", "--out", folder.Path, .. stages],
            ["vary", Photo, "a cat", "--scale", "0", "--out", folder.Path, .. stages],
            ["inpaint", Photo, "a cat", "--mask", tall, "--out", folder.Path, .. stages],
            ["upscale"],
            ["upscale", "nowhere.png"],
            ["upscale", Photo, "--scale", "3"],
            ["upscale", Photo, "--tile", "8"],
            ["upscale", Photo, "--scale", "16", .. stages],
            ["upscale", Photo, .. stages],
            ["upscale", Photo],
        ];

        var lines = mistakes.Select(args => $"floyd {string.Join(' ', args.Select(a => a.Contains(' ') ? $"\"{a}\"" : a))}\n    {CliRun.Of(args).ErrorLine()}\n");

        _expectation.Matches("errors-pictures", string.Join("", lines)
            .Replace(Checkpoints.Small.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Replace(folder.Path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Replace(folder.Path, "out", StringComparison.Ordinal));
    }

    private static ImageBuffer Tall()
    {
        var mask = new ImageBuffer(70, 100, 1);
        mask.Pixels.AsSpan().Fill(255);
        return mask;
    }

    private static string[] Line(string verb, TemporaryFolder output, params string[] more) =>
    [
        verb, .. more, "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--stage1", Checkpoints.Small.Checkpoint("if-I"),
        "--stage2", Checkpoints.Small.Checkpoint("if-II"), "--seed", "5", "--steps", "2", "--device", "cpu", "--out", output.Path,
    ];
}

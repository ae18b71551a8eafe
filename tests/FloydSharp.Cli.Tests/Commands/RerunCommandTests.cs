using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class RerunCommandTests
{
    private static readonly string[] _models = ["--stage1", Checkpoints.Small.Checkpoint("if-I"), "--stage2", Checkpoints.Small.Checkpoint("if-II")];
    private static readonly string[] _rerun = [.. _models, "--embeddings", Checkpoints.Embeddings(Checkpoints.Small)];

    private static string Photo => Checkpoints.Small.FileOf("resize_in.png");

    [Theory]
    [InlineData(0, "--count", "2", "--steps", "3,2", "--scheduler", "sde-dpm++,ddim", "--guidance", "2.1", "--noise-level", "99")]
    [InlineData(1, "--aspect", "2:1", "--reseed-stages", "--no-safety-checker")]
    [InlineData(2, "--count", "2", "--shared-noise", "--timesteps", "900,300", "--no-watermark", "--dtype", "bfloat16")]
    public void Run_OfAGeneratedPicture_MakesTheSameBytes(int stageToTake, params string[] more)
    {
        using TemporaryFolder first = new(), second = new();
        var line = Checkpoints.Generate(Checkpoints.Small, first.Path);
        var made = CliRun.Of([.. line.Where((_, i) => i is not (10 or 11)), .. more.Contains("--steps") ? Array.Empty<string>() : ["--steps", "2"], .. more]).Succeeded();
        var picture = stageToTake == 0 ? made.OutLines[0] : made.OutLines[^1];

        var again = CliRun.Of(["rerun", picture, "--out", second.Path, .. _rerun]).Succeeded();

        Assert.Contains($"the same bytes as {picture}\n", again.Error, StringComparison.Ordinal);
        Assert.Contains(again.OutLines, line => File.ReadAllBytes(line).AsSpan().SequenceEqual(File.ReadAllBytes(picture)));
    }

    [Fact]
    public void Run_OfVariedRepaintedAndEnlargedPictures_FindsWhatWentIn()
    {
        using TemporaryFolder output = new(), again = new();
        var photo = output.File("photo.png");
        ImageFile.SavePng(photo, PictureFit.Middle(ImageFile.Load(Photo), 48, 32));
        var mask = output.File("mask.png");
        var half = new ImageBuffer(48, 32, 1);
        half.Pixels.AsSpan(0, 700).Fill(255);
        ImageFile.SavePng(mask, half);
        var erased = output.File("erased.png");
        var holed = new ImageBuffer(48, 32, 4);
        holed.Pixels.AsSpan(0, 3000).Fill(200);
        ImageFile.SavePng(erased, holed);
        string[] end = [.. _rerun, "--seed", "5", "--steps", "2", "--device", "cpu", "--out", output.Path];
        string[][] lines =
        [
            ["vary", photo, "anime style", "--strength", "0.5,1", "--fit", "pad", "--scale", "1.5"],
            ["inpaint", photo, "a test", "--mask", mask],
            ["inpaint", photo, "a test", "--box", "0,0,20,32", "--box", "5,5,40,9"],
            ["inpaint", erased, "a test", "--mask", "alpha", "--only-masked", "--feather", "2"],
            ["upscale", photo, "a test", "--scale", "2"],
        ];
        foreach (var line in lines)
        {
            var made = CliRun.Of([.. line, .. end]).Succeeded().OutLines[^1];
            var run = CliRun.Of(["rerun", made, "--out", again.Path, .. _rerun]).Succeeded();
            Assert.Contains($"the same bytes as {made}\n", run.Error, StringComparison.Ordinal);
        }

        var varied = output.Names.First(n => n.StartsWith("anime-style", StringComparison.Ordinal));
        File.Move(photo, output.File("elsewhere.png"));
        Assert.Matches(@"was made from photo\.png \(48x32\), .* give it with --image FILE", CliRun.Of(["rerun", output.File(varied), .. _rerun]).ErrorLine());
        CliRun.Of(["rerun", output.File(varied), "--image", output.File("elsewhere.png"), "--out", again.Path, .. _rerun]).Succeeded();
        Assert.Contains("pixels differ", CliRun.Of(["rerun", output.File(varied), "--image", Photo, .. _rerun]).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithAnotherCheckpoint_SaysWhichComponentDiffers()
    {
        using TemporaryFolder output = new(), input = new();
        var picture = CliRun.Of(Checkpoints.Generate(Checkpoints.Small, output.Path)).Succeeded().OutLines[^1];
        var copy = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), input);
        var weights = Path.Combine(copy, "unet", "diffusion_pytorch_model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^3] ^= 1;
        File.WriteAllBytes(weights, bytes);
        string[] line = ["rerun", picture, .. _rerun.Select(a => a == Checkpoints.Small.Checkpoint("if-I") ? copy : a), "--out", output.Path];

        Assert.Matches("^stage1/unet is not what made the picture: .* --force", CliRun.Of(line).ErrorLine());
        Assert.Contains("warning: stage1/unet is not what made the picture", CliRun.Of([.. line, "--force"]).Succeeded().Error, StringComparison.Ordinal);
        Assert.Contains("stage 2, if-II; give it with --stage2 DIR", CliRun.Of("rerun", picture, "--stage1", copy, "--embeddings", Checkpoints.Embeddings(Checkpoints.Small)).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OfWhatCannotBeMadeAgain_SaysWhy()
    {
        using var output = new TemporaryFolder();
        var old = output.File("old.png");
        ImageFile.SavePng(old, new ImageBuffer(8, 8, 3), new Dictionary<string, string>
        {
            ["floyd"] = """{"prompt":"a","seed":1,"stage":1,"index":0,"batch_size":1,"width":8,"height":8,"software":"FloydSharp 0.1"}""",
        });
        var newer = output.File("newer.png");
        ImageFile.SavePng(newer, new ImageBuffer(8, 8, 3), new Dictionary<string, string> { ["floyd"] = """{"version":99}""" });
        Assert.Contains("before pictures kept all", CliRun.Of("rerun", old).ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("use a newer floyd", CliRun.Of("rerun", newer).ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("does not say how", CliRun.Of("rerun", Photo).ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("does not exist", CliRun.Of("rerun", "nowhere.png").ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("PICTURE is missing", CliRun.Of("rerun").ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhereLibtorchHasOtherThreads_TakesThoseThatMadeThePicture()
    {
        using TemporaryFolder output = new(), again = new();
        Dictionary<string, string> one = new() { ["OMP_NUM_THREADS"] = "1" };
        var made = await ChildProcess.Run([], [.. Checkpoints.Generate(Checkpoints.Small, output.Path), "--quiet", "--threads", "3"]);
        var picture = made.Out.TrimEnd().Split('\n')[^1];
        Assert.Equal(3, PictureInfo.Read(picture)!.Threads);

        var (code, _, error) = await ChildProcess.Run(one, ["rerun", picture, "--out", again.Path, .. _rerun]);

        Assert.True(code == 0, error);
        Assert.Contains($"the same bytes as {picture}\n", error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(picture), File.ReadAllBytes(again.File(Path.GetFileName(picture))));

        var other = CliRun.Of(["rerun", picture, "--threads", "1", "--out", again.Path, .. _rerun]).Succeeded();
        Assert.Contains("warning: --threads 1: the picture was made with 3; ", other.Error, StringComparison.Ordinal);
        Assert.Contains("a CPU with 3 threads made that one, this is of a CPU with 1 threads\n", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_WithManifest_WritesItBesideThePicture()
    {
        using var output = new TemporaryFolder();
        var picture = CliRun.Of(Checkpoints.Generate(Checkpoints.Small, output.Path, "--manifest")).Succeeded().OutLines[0];
        var info = PictureInfo.Parse(File.ReadAllText(Path.ChangeExtension(picture, ".json")), "It");
        Assert.Equal(PictureInfo.Read(picture)!.ToJson(), info.ToJson());
        Assert.Equal(
            ["stage1/feature_extractor", "stage1/safety_checker", "stage1/scheduler", "stage1/unet", "stage1/watermarker"], info.Checkpoints.Keys);
        Assert.All(info.Checkpoints.Values, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
        Assert.Matches(@"^\d+\.\d+", info.Libtorch);
        Assert.DoesNotContain(Checkpoints.Small.Path, info.ToJson(), StringComparison.Ordinal);
    }
}

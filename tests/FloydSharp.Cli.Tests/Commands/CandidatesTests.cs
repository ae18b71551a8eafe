using System.Text.Json;
using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>--candidates and --pick, of generate, vary and inpaint.</summary>
public class CandidatesTests
{
    private static readonly string[] _stages = ["--stage1", Checkpoints.Small.Checkpoint("if-I"), "--stage2", Checkpoints.Small.Checkpoint("if-II"), "--device", "cpu", "--steps", "2"];

    [Fact]
    public void Pick_OfCandidates_EnlargesThemAsAWholeRunWould()
    {
        using TemporaryFolder output = new();
        string[] text = ["--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--seed", "5", "--out", output.Path];

        var made = CliRun.Of(["generate", "a red panda", "--candidates", "3", .. text, .. _stages]).Succeeded();
        var picked = CliRun.Of(["generate", "--pick", "2,0", "--out", output.Path, .. _stages]).Succeeded();
        var alone = CliRun.Of(["generate", "a red panda", "--candidates", "1", "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--seed", "7", "--out", output.File("alone"), .. _stages]).Succeeded();

        Assert.Equal(5, made.OutLines.Length);
        Assert.EndsWith("_sheet.png", made.OutLines[3], StringComparison.Ordinal);
        Assert.True(ImageFile.Load(made.OutLines[3]).Width > ImageFile.Load(made.OutLines[0]).Width);
        Assert.EndsWith("_candidates.safetensors", made.OutLines[4], StringComparison.Ordinal);
        Assert.Contains("--pick 0,2 --candidates-file ", made.Error, StringComparison.Ordinal);

        Assert.DoesNotContain("stage 1", picked.Error, StringComparison.Ordinal);
        Assert.Contains("a-red-panda_s7_p00_2-", picked.OutLines[0], StringComparison.Ordinal);
        var infos = picked.OutLines.Select(line => PictureInfo.Read(line)!).ToList();
        Assert.Equal([(7L, 2), (5L, 2)], infos.Select(i => (i.Seed, i.Stage)));
        Assert.All(infos, i => Assert.Equal([1, 2], i.Stages.Select(s => s.Stage)));

        // A candidate is what its own seed gives alone, and so is what becomes of it.
        Assert.Equal(ImageFile.Load(alone.OutLines[0]).Pixels, ImageFile.Load(made.OutLines[2]).Pixels);
        foreach (var picture in picked.OutLines)
        {
            var again = CliRun.Of(["rerun", picture, "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--out", output.File("again"), .. _stages[..4]]).Succeeded();
            Assert.Contains($"the same bytes as {picture}\n", again.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pick_OfVariedAndRepaintedCandidates_HasTheirGeometryAndCanBeMadeAgain()
    {
        using TemporaryFolder output = new(), again = new();
        var photo = output.File("photo.png");
        ImageFile.SavePng(photo, PictureFit.Middle(ImageFile.Load(Checkpoints.Small.FileOf("resize_in.png")), 48, 32));
        string[] end = ["--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--seed", "5", "--candidates", "2", .. _stages];
        var (varied, repainted) = (output.File("varied"), output.File("repainted"));
        CliRun.Of(["vary", photo, "anime style", "--fit", "pad", "--scale", "1.5", "--strength", "0.5,0.7", "--out", varied, .. end]).Succeeded();
        var last = CliRun.Of(["inpaint", photo, "a test", "--box", "10,8,20,12", "--only-masked", "--out", repainted, .. end]).Succeeded();
        Assert.Contains("floyd inpaint --pick 0 ", last.Error, StringComparison.Ordinal);
        File.Move(photo, output.File("elsewhere.png"));

        // The verb does not matter: the file knows what it holds.
        foreach (var (verb, folder, size) in new[] { ("vary", varied, (72, 48)), ("inpaint", repainted, (48, 32)), ("generate", repainted, (48, 32)) })
        {
            var picked = CliRun.Of([verb, "--pick", "1", "--out", folder, .. _stages]).Succeeded().OutLines.Single();
            var image = ImageFile.Load(picked);
            Assert.Equal(size, (image.Width, image.Height));
            var run = CliRun.Of([
                "rerun", picked, "--image", output.File("elsewhere.png"), "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--out", again.Path, .. _stages[..4]]).Succeeded();
            Assert.Contains($"the same bytes as {picked}\n", run.Error, StringComparison.Ordinal);
            if (verb != "vary")
                Assert.Equal(Outside(ImageFile.Load(output.File("elsewhere.png"))), Outside(image));
        }

        static byte[] Outside(ImageBuffer picture) => [.. Enumerable.Range(0, picture.Height).SelectMany(y => picture.Row(y).ToArray().Where((_, i) => y is < 8 or >= 20 || i < 10 * 3 || i >= 30 * 3))];
    }

    [Theory]
    [InlineData("vary", "photo.jpg", "leave out IMAGE")]
    [InlineData("vary", "--strength 0.5", "leave out --strength")]
    [InlineData("inpaint", "--box 1,2,3,4 --feather 3", "leave out --box, --feather")]
    [InlineData("generate", "--seed 5 --aspect 3:2", "leave out --seed, --aspect")]
    public void Pick_WithWhatIsDecidedAlready_SaysWhatToLeaveOut(string verb, string more, string words) =>
        Assert.Contains(words, CliRun.Of([verb, "--pick", "2", .. more.Split(' ')]).ErrorLine(), StringComparison.Ordinal);

    [Fact]
    public void Candidates_StoppedAndResumed_AreTheSame()
    {
        using TemporaryFolder whole = new(), output = new();
        CliRun.Of(Line(whole.Path)).Succeeded();
        using var stop = new CancellationTokenSource();
        using var paths = new Stopper(stop);
        Assert.Equal(ExitCode.Cancelled, CliRun.Of(host => host with { Out = paths, Cancellation = stop.Token }, Line(output.Path)).Code);
        var resumed = CliRun.Of("resume", output.Path).Succeeded();
        Assert.Contains("floyd generate --pick 0,2 ", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(whole.Names, output.Names);
        Assert.All(whole.Names, name => Assert.Equal(File.ReadAllBytes(whole.File(name)), File.ReadAllBytes(output.File(name))));

        static string[] Line(string output) =>
            ["generate", "a red panda", "--candidates", "3", "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--seed", "5", "--out", output, "--no-safety-checker", "--keep-state", "always", .. _stages];
    }

    // Presses Ctrl+C when the first picture is there.
    private sealed class Stopper : StringWriter
    {
        private readonly CancellationTokenSource _stop;

        public Stopper(CancellationTokenSource stop) => (_stop, NewLine) = (stop, "\n");

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains("_1-", StringComparison.Ordinal) == true)
                _stop.Cancel();
        }
    }

    [Fact]
    public void Candidates_WithJson_ReportsFileAndSheet()
    {
        using TemporaryFolder output = new();
        var run = CliRun.Of(["generate", "x", "--candidates", "2", "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--out", output.Path, "--json", "--quiet", .. _stages]).Succeeded();
        using var json = JsonDocument.Parse(run.Out);
        Assert.True(File.Exists(json.RootElement.GetProperty("candidates_file").GetString()));
        Assert.True(File.Exists(json.RootElement.GetProperty("contact_sheet").GetString()));
        Assert.All(json.RootElement.GetProperty("files").EnumerateArray(), f => Assert.Equal(1, f.GetProperty("stage").GetInt32()));
    }
}

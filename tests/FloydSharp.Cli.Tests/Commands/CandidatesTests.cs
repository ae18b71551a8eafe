using System.Text.Json;
using FloydSharp.Cascade;
using FloydSharp.IO.Imaging;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

/// <summary>--candidates and --pick.</summary>
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
        var infos = picked.OutLines.Select(line => PictureInfo.Read(line)!).ToList();
        Assert.Equal([(2, 7L, 2), (0, 5L, 2)], infos.Select(i => (i.Index, i.Seed, i.Stage)));
        Assert.All(infos, i => Assert.Equal([1, 2], i.Stages.Select(s => s.Stage)));

        // A candidate is what its own seed gives alone.
        Assert.True(Difference(made.OutLines[2], alone.OutLines[0]) <= 1);
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

    private static int Difference(string one, string two) =>
        ImageFile.Load(one).Pixels.Zip(ImageFile.Load(two).Pixels).Max(p => Math.Abs(p.First - p.Second));
}

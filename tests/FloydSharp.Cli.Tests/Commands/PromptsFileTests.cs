using System.Text.Json;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class PromptsFileTests
{
    private static readonly string[] _models = ["--models", Path.Combine(GoldenFolder.RepositoryRoot, "models"), "--stages", "2", "--steps", "1", "--guidance", "2", "--size", "64x64", "--seed", "7", "--device", "cpu", "--no-watermark"];

    [Fact]
    public void Run_TwentyPrompts_LoadEachModelOnceAndAreTheTwentySingleRuns()
    {
        using TemporaryFolder together = new(), alone = new();
        string[] prompts = [.. Enumerable.Range(0, 20).Select(i => $"{i} red {(i % 2 == 0 ? "boats" : "circles on a blue background")}")];
        var file = together.File("prompts.txt");
        File.WriteAllLines(file, ["# a comment", "", .. prompts]);

        var run = CliRun.Of(["generate", "--prompts", file, "--out", together.File("out"), "--json", .. _models]).Succeeded();

        using var json = JsonDocument.Parse(run.Out);
        var loads = json.RootElement.GetProperty("timings").EnumerateArray().Where(t => t.GetProperty("phase").GetString() == "load");
        Assert.Equal(["0 text_encoder", "1 unet", "2 unet"], loads.Select(t => $"{t.GetProperty("stage")} {t.GetProperty("component").GetString()}"));
        foreach (var prompt in prompts)
            CliRun.Of(["generate", prompt, "--out", alone.Path, "--quiet", .. _models]).Succeeded();
        var names = alone.Names;
        Assert.Equal(40, names.Length);
        Assert.Equal(names, Directory.EnumerateFiles(together.File("out")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(alone.File(name)), File.ReadAllBytes(Path.Combine(together.File("out"), name))));
    }

    [Fact]
    public void Run_WithSettingsAndMistakesInLines_MakesTheGoodOnesAndTellsTheOthers()
    {
        using var output = new TemporaryFolder();
        var file = output.File("prompts.jsonl");
        File.WriteAllLines(file,
        [
            """{"prompt": "a red circle", "negative": "blue", "seed": 3, "count": 2, "steps": [2, 1], "guidance": 1.5, "noise_level": 60, "scheduler": "ddpm"}""",
            """{"prompt": "a", "stesp": 5}""",
            """{"prompt": "a", "steps": 0}""",
            """{"prompt": "a", "size": "65x64"}""",
            """{"prompt": "a", "scheduler": "euler"}""",
            "{broken",
            """{"prompt": 5}""",
            """{"seed": 5}""",
            "a plain line",
        ]);
        var run = CliRun.Of(["generate", "--prompts", file, "--out", output.File("out"), .. _models, "--manifest"]);

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.EndsWith("7 of 9 lines could not be used (lines 2, 3, 4, 5, 6, 7, 8); the pictures of the others are made.\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: line 2: stesp is not known; there are prompt,", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: line 3: --steps 0:", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: line 4: --size 65x64:", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: line 5: There is no scheduler 'euler'", run.Error, StringComparison.Ordinal);
        Assert.Contains("warning: line 6: it is not valid JSON", run.Error, StringComparison.Ordinal);
        Assert.Equal(6, run.OutLines.Length);
        var first = PictureInfo.Read(run.OutLines.First(l => l.Contains("a-red-circle_s4_p00_2-", StringComparison.Ordinal)))!;
        Assert.Equal(("a red circle", "blue", 4), (first.Prompt, first.NegativePrompt, first.Seed));
        Assert.Equal([2, 1], first.Stages.Select(s => s.Steps));
        Assert.Equal([1.5, 1.5], first.Stages.Select(s => s.GuidanceScale));
        Assert.Equal(60, first.Stages[1].NoiseLevel);
    }

    [Fact]
    public void Read_OfUnusableFiles_SaysWhy()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("prompts.txt");
        File.WriteAllText(file, "# nothing\n\n");
        Assert.Contains("no prompt in it", Assert.Throws<FloydException>(() => PromptLines.Read(file)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(file, [0x41, 0xff]);
        Assert.Contains("not UTF-8", Assert.Throws<FloydException>(() => PromptLines.Read(file)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<FloydException>(() => PromptLines.Read(folder.File("no"))).Message, StringComparison.Ordinal);
        Assert.Contains("goes with neither", CliRun.Of("generate", "a", "--prompts", file).ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyDamageToALine_IsALineOrAProblem()
    {
        const string good = """{"prompt": "a", "steps": [2, 1], "seed": 5}""";
        using var folder = new TemporaryFolder();
        var file = folder.File("prompts.jsonl");
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var at = random.Next(good.Length);
            File.WriteAllText(file, good[..at] + "\"{}[]:,0x\u00e9"[random.Next(10)] + good[(at + random.Next(2))..]);
            Assert.All(PromptLines.Read(file), l => Assert.True(l.Line is null != l.Problem is null));
        }
    }
}

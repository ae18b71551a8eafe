using System.Text.Json;
using FloydSharp.Cascade;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class GenerateCommandTests
{
    public static TheoryData<GoldenFolder> Folders => [.. Checkpoints.All];

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Run_TwiceWithOneSeed_WritesTheSameBytes(GoldenFolder folder)
    {
        using TemporaryFolder first = new(), second = new();
        var run = CliRun.Of(Checkpoints.Generate(folder, first.Path, "--count", "2")).Succeeded();
        CliRun.Of(Checkpoints.Generate(folder, second.Path, "--count", "2", "--quiet")).Succeeded();

        var names = Names(first);
        Assert.Equal(4, names.Length);
        Assert.Equal(run.OutLines.Select(Path.GetFileName).Order(StringComparer.Ordinal), names);
        Assert.Equal(names, Names(second));
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(first.File(name)), File.ReadAllBytes(second.File(name))));
        Assert.StartsWith("a-red-panda_s5_p00_1-", names[0], StringComparison.Ordinal);
        Assert.StartsWith("a-red-panda_s6_p00_2-", names[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AgainInTheSameFolder_OverwritesNothing()
    {
        using var output = new TemporaryFolder();
        CliRun.Of(Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path)).Succeeded();
        var before = Names(output).ToDictionary(n => n, n => File.ReadAllBytes(output.File(n)));
        CliRun.Of(Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path, "--guidance", "3")).Succeeded();
        Assert.Equal(2, Names(output).Length);
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(output.File(file.Key))));
    }

    [Fact]
    public void Run_WithoutSeed_RecordsTheOneItTook()
    {
        using var output = new TemporaryFolder();
        string[] args = [.. Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path)];
        var seed = Array.IndexOf(args, "--seed");
        var run = CliRun.Of(args.Where((_, i) => i != seed && i != seed + 1)).Succeeded();
        var info = PictureInfo.Read(Assert.Single(run.OutLines))!;
        Assert.Contains($"seed {info.Seed}\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"_s{info.Seed}_", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithJson_PrintsOneObjectAndNothingElse()
    {
        using var output = new TemporaryFolder();
        var run = CliRun.Of(Checkpoints.Generate(Checkpoints.Small, output.Path, "--json")).Succeeded();
        using var json = JsonDocument.Parse(run.Out);
        var root = json.RootElement;
        Assert.Equal(["seed", "device", "dtype", "files", "candidates_file", "contact_sheet", "timings", "memory", "warnings", "total_seconds"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(5, root.GetProperty("seed").GetInt64());
        Assert.Equal("float32", root.GetProperty("dtype").GetString());

        var files = root.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal([1, 2], files.Select(f => f.GetProperty("stage").GetInt32()));
        Assert.All(files, file =>
        {
            Assert.Equal(
                ["path", "stage", "index", "prompt", "seed", "width", "height", "nsfw_detected", "watermark_detected"], file.EnumerateObject().Select(p => p.Name));
            Assert.True(File.Exists(file.GetProperty("path").GetString()));
            Assert.Equal("a red panda", file.GetProperty("prompt").GetString());
            Assert.NotEqual(JsonValueKind.Null, file.GetProperty("nsfw_detected").ValueKind);
        });
        Assert.Contains("load,denoise,", string.Join(',', root.GetProperty("timings").EnumerateArray().Select(t => t.GetProperty("phase").GetString())), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithSettings_KeepsThemInThePicture()
    {
        using var output = new TemporaryFolder();
        var run = CliRun.Of(Checkpoints.Generate(
            Checkpoints.Small, output.Path, "--steps", "3,2", "--guidance", "5,-", "--scheduler", "dpm++,-", "--noise-level", "100", "--timesteps", "-/900,500,0",
            "--aspect", "3:2", "--no-safety-checker", "--no-watermark").Where((_, i) => i is not (10 or 11))).Succeeded();
        var info = PictureInfo.Read(run.OutLines[^1])!;
        Assert.Equal("a red panda", info.Prompt);
        Assert.True(info.Width > info.Height);
        Assert.Contains($"size {info.Width}x{info.Height}, stage I ", run.Error, StringComparison.Ordinal);
        Assert.Equal((3, 5.0, "DPMSolverMultistepScheduler"), (info.Stages[0].Steps, info.Stages[0].GuidanceScale, info.Stages[0].Scheduler));
        Assert.Equal((3, 4.0, 100, "DDPMScheduler"), (info.Stages[1].Steps, info.Stages[1].GuidanceScale, info.Stages[1].NoiseLevel, info.Stages[1].Scheduler));
        Assert.Equal([900, 500, 0], info.Stages[1].Timesteps!);
        Assert.Null(info.NsfwDetected);

        var shown = CliRun.Of("inspect", run.OutLines[^1]).Succeeded().Out;
        Assert.Contains("3 steps, guidance 4, noise level 100", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithTextAndAllStages_WritesAPicturePerStage()
    {
        var folder = Checkpoints.WithTokenizers();
        using var output = new TemporaryFolder();
        string[] stages =
        [
            "--stage1", folder.Checkpoint("if-I"), "--stage2", folder.Checkpoint("if-II"), "--stage3", folder.Checkpoint("x4"),
            "--tokenizer", Path.Combine(folder.Tokenizers!, "t5"), "--clip-tokenizer", Path.Combine(folder.Tokenizers!, "clip"),
            "--seed", "5", "--steps", "2", "--device", "cpu", "--tiled-decode",
        ];
        var longPrompt = string.Concat(Enumerable.Repeat("an astronaut rides a horse and ", 20)) + "waves goodbye";
        var run = CliRun.Of(["generate", longPrompt, "--out", output.Path, "--save-embeddings", output.File("e.safetensors"), .. stages]).Succeeded();
        Assert.Equal(3, run.OutLines.Length);
        Assert.Matches(@"warning: the prompt has \d+ tokens, the text encoder reads 77; cut off: "".*waves goodbye""", run.Error);
        Assert.Contains("stage III's text encoder reads 77", run.Error, StringComparison.Ordinal);

        var again = CliRun.Of(["generate", "--embeddings", output.File("e.safetensors"), "--out", output.File("again"), .. stages]).Succeeded();
        Assert.Equal(run.OutLines.Select(File.ReadAllBytes), again.OutLines.Select(File.ReadAllBytes));
    }

    [Fact]
    public void Run_WithSizeOffTheGrid_SaysWhichFits()
    {
        using var output = new TemporaryFolder();
        var line = CliRun.Of(Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path, "--size", "33x33")).ErrorLine();
        Assert.Matches(@"^--size 33x33: .* multiples of \d+; the nearest is \d+x\d+\.$", line);
        Assert.Empty(Names(output));
    }

    [Fact]
    public void Run_WhereFilesCannotBeWritten_StopsBeforeTheWork()
    {
        using var output = new TemporaryFolder();
        var file = output.File("file");
        File.WriteAllText(file, "");
        var run = CliRun.Of(Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), Path.Combine(file, "below")));
        Assert.Contains("cannot be written", run.ErrorLine(), StringComparison.Ordinal);
        Assert.DoesNotContain("load", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithTruncatedWeights_SaysWhichFile()
    {
        using TemporaryFolder output = new(), input = new();
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), input);
        var weights = Path.Combine(checkpoint, "unet", "diffusion_pytorch_model.safetensors");
        using (var file = File.OpenWrite(weights))
            file.SetLength(file.Length / 2);
        Assert.Contains("unet", CliRun.Of(Checkpoints.GenerateStage1(checkpoint, output.Path)).ErrorLine(), StringComparison.Ordinal);
        Assert.Empty(Names(output));
    }

    [Fact]
    public void Run_WithUnsupportedConfig_NamesTheValue()
    {
        using TemporaryFolder output = new(), input = new();
        var checkpoint = Checkpoints.Copy(Checkpoints.Small.Checkpoint("if-I"), input);
        var config = Path.Combine(checkpoint, "unet", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"act_fn\": \"gelu\"", "\"act_fn\": \"tanhexp\"", StringComparison.Ordinal));
        Assert.Contains("tanhexp", CliRun.Of(Checkpoints.GenerateStage1(checkpoint, output.Path)).ErrorLine(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stage 1  load unet", 0)]
    [InlineData("stage 2  load unet", 1)]
    public void Run_CancelledInTheMiddle_KeepsWhatIsFinishedAndNothingElse(string when, int pictures)
    {
        using var output = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var error = new LineTrigger(when, stop.Cancel);
        var run = CliRun.Of(host => host with { Error = error, Cancellation = stop.Token }, Checkpoints.Generate(Checkpoints.Small, output.Path));
        Assert.Equal(ExitCode.Cancelled, run.Code);
        Assert.EndsWith("floyd: stopped; what was finished is kept\n", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(pictures, Names(output).Length);
        Assert.All(Names(output), name => Assert.NotNull(PictureInfo.Read(output.File(name))));
    }

    private static string[] Names(TemporaryFolder folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
}

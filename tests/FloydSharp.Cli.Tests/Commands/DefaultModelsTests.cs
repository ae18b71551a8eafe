using FloydSharp.Cascade;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public sealed class DefaultModelsTests : IDisposable
{
    private const string Settings = """
        {
          "version": 1,
          "stages": [
            {"folder": "one", "scheduler": "dpm++", "scheduler_config": {"lambda_min_clipped": -5.1}, "steps": 3, "guidance": 2.5},
            {"folder": "two", "scheduler": "ddim", "steps": 2, "guidance": 1, "noise_level": 90}
          ]
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly ModelsSearch _search;

    public DefaultModelsTests()
    {
        var models = _folder.Folder("models");
        CopyTo(Checkpoints.Small.Checkpoint("if-I"), Path.Combine(models, "one"));
        CopyTo(Checkpoints.Small.Checkpoint("if-II"), Path.Combine(models, "two"));
        File.WriteAllText(Path.Combine(models, "cascade.json"), Settings);
        _search = new(null, _folder.Folder("program"));
        Directory.Move(models, _folder.File("program/models"));
    }

    [Fact]
    public void Run_WithoutModels_TakesThoseNearTheProgramWithTheirSettings()
    {
        var info = Run().Last();

        Assert.Equal(["one", "two"], info.Stages.Select(s => s.Checkpoint));
        Assert.Equal([3, 2], info.Stages.Select(s => s.Steps));
        Assert.Equal([2.5, 1], info.Stages.Select(s => s.GuidanceScale));
        Assert.Equal(["DPMSolverMultistepScheduler", "DDIMScheduler"], info.Stages.Select(s => s.Scheduler));
        Assert.Equal(["{\"lambda_min_clipped\":-5.1}", null], info.Stages.Select(s => s.SchedulerOverrides));
        Assert.Equal(90, info.Stages[1].NoiseLevel);
    }

    [Fact]
    public void Run_WithOptions_PutsThemBeforeTheSettings()
    {
        var info = Run("--steps", "2,-", "--guidance", "3", "--scheduler", "-,ddpm", "--noise-level", "70").Last();

        Assert.Equal([2, 2], info.Stages.Select(s => s.Steps));
        Assert.Equal([3, 3], info.Stages.Select(s => s.GuidanceScale));
        Assert.Equal(["DPMSolverMultistepScheduler", "DDPMScheduler"], info.Stages.Select(s => s.Scheduler));
        Assert.Equal(70, info.Stages[1].NoiseLevel);
    }

    [Fact]
    public void Run_WithStages_StopsEarly() => Assert.Equal(1, Assert.Single(Run("--stages", "1")).Stage);

    [Fact]
    public void Run_WithOneCheckpointReplaced_KeepsTheOtherAndItsSettings()
    {
        var info = Run("--stage2", Checkpoints.Small.Checkpoint("if-II"), "--steps", "-,4").Last();

        Assert.Equal(["one", "if-II"], info.Stages.Select(s => s.Checkpoint));
        Assert.Equal((3, 4, 4.0, 250), (info.Stages[0].Steps, info.Stages[1].Steps, info.Stages[1].GuidanceScale, info.Stages[1].NoiseLevel));
    }

    [Fact]
    public void Run_WithStage1Alone_TakesNothingFromTheModels()
    {
        var info = Assert.Single(Run("--stage1", Checkpoints.Small.Checkpoint("if-I"), "--steps", "2"));

        Assert.Equal(("if-I", 7.0, "DDPMScheduler"), (info.Stages[0].Checkpoint, info.Stages[0].GuidanceScale, info.Stages[0].Scheduler));
    }

    [Fact]
    public void Run_WithModelsAndStage1_ReplacesStage1()
    {
        var info = Run("--models", _folder.File("program/models"), "--stage1", Checkpoints.Small.Checkpoint("if-I"), "--steps", "2").Last();

        Assert.Equal(["if-I", "two"], info.Stages.Select(s => s.Checkpoint));
    }

    [Fact]
    public void Run_WithStagesThatAreNotThere_SaysHowManyAre()
    {
        var run = CliRun.Of(host => host with { Models = _search }, "generate", "a red panda", "--stages", "3");
        Assert.StartsWith("--stages 3: there are checkpoints for 2 stages", run.ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithBrokenSettings_SaysWhichFile()
    {
        File.WriteAllText(_folder.File("program/models/cascade.json"), Settings.Replace("\"steps\": 3", "\"stepz\": 3", StringComparison.Ordinal));
        var line = CliRun.Of(host => host with { Models = _search }, "generate", "a red panda").ErrorLine();
        Assert.Contains("cascade.json, stage 1: stepz is 3", line, StringComparison.Ordinal);
        Assert.DoesNotContain("--models", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithCheckpointsInTheWrongPlace_SaysWhatTheyAre()
    {
        var (one, three) = (Checkpoints.Small.Checkpoint("if-I"), Checkpoints.Small.Checkpoint("x4"));
        Assert.Contains("an x4 upscaler is stage III", CliRun.Of("generate", "x", "--stage1", three, "--device", "cpu").ErrorLine(), StringComparison.Ordinal);
        Assert.Contains("an x4 upscaler is stage III", CliRun.Of("generate", "x", "--stage1", one, "--stage2", three, "--device", "cpu").ErrorLine(), StringComparison.Ordinal);
        Assert.Contains(
            "so it is no x4 upscaler", CliRun.Of("generate", "x", "--stage1", one, "--stage2", Checkpoints.Small.Checkpoint("if-II"), "--stage3", one, "--device", "cpu").ErrorLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithTheModelsOfTheRepository_MakesAPictureOfThePrompt()
    {
        using var output = new TemporaryFolder();
        var models = Path.Combine(GoldenFolder.RepositoryRoot, "models");
        var file = output.File("e.safetensors");
        var run = CliRun.Of("generate", "a red boat at sea", "--models", models, "--stages", "1", "--steps", "3", "--seed", "1", "--device", "cpu", "--out", output.Path, "--save-embeddings", file).Succeeded();

        var info = PictureInfo.Read(Assert.Single(run.OutLines))!;
        Assert.Equal((64, 64, "a red boat at sea"), (info.Width, info.Height, info.Prompt));

        var again = CliRun.Of("generate", "a green car", "--embeddings", file, "--models", models, "--stages", "1", "--steps", "1", "--seed", "1", "--device", "cpu", "--out", output.Path).Succeeded();
        Assert.Contains("--embeddings decide what stages I and II draw, \"a red boat at sea\"", again.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private List<PictureInfo> Run(params string[] more)
    {
        string[] args = ["generate", "a red panda", "--embeddings", Checkpoints.Embeddings(Checkpoints.Small), "--seed", "5", "--device", "cpu", "--out", _folder.File("out"), .. more];
        return [.. CliRun.Of(host => host with { Models = _search }, args).Succeeded().OutLines.Select(path => PictureInfo.Read(path)!)];
    }

    private static void CopyTo(string checkpoint, string target)
    {
        foreach (var file in Directory.EnumerateFiles(checkpoint, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(target, Path.GetRelativePath(checkpoint, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}

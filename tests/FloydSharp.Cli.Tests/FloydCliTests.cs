using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests;

public class FloydCliTests
{
    private static readonly Expectation _expectation = new("FloydSharp.Cli.Tests", "Expectations");

    private static readonly string[][] _mistakes =
    [
        ["genrate", "a cat"],
        ["--no-such"],
        ["generate"],
        ["generate", "a cat"],
        ["generate", "a cat", "--stpes", "5"],
        ["generate", "a cat", "-x"],
        ["generate", "a cat", "--seed"],
        ["generate", "a cat", "--seed", "1", "--seed", "2"],
        ["generate", "a cat", "--seed", "-1"],
        ["generate", "a cat", "--seed", "1e3"],
        ["generate", "a cat", "--seed", ""],
        ["generate", "a cat", "--count", "0"],
        ["generate", "a cat", "--stage1", "nowhere", "--stage3", "nowhere"],
        ["generate", "a cat", "--stage1", "nowhere", "--steps", "0"],
        ["generate", "a cat", "--stage1", "nowhere", "--steps", "50,30"],
        ["generate", "a cat", "--stage1", "nowhere", "--steps", "50,"],
        ["generate", "a cat", "--stage1", "nowhere", "--guidance", "much"],
        ["generate", "a cat", "--stage1", "nowhere", "--guidance", "NaN"],
        ["generate", "a cat", "--stage1", "nowhere", "--timesteps", "fast28"],
        ["generate", "a cat", "--stage1", "nowhere", "--timesteps", "10,10,3,2,2"],
        ["generate", "a cat", "--stage1", "nowhere", "--timesteps", "1000,0"],
        ["generate", "a cat", "--stage1", "nowhere", "--timesteps", "fast27/fast27"],
        ["generate", "a cat", "--stage1", "nowhere", "--noise-level", "250"],
        ["generate", "a cat", "--stage1", "nowhere", "--stage2", "nowhere", "--noise-level", "1000"],
        ["generate", "a cat", "--stage1", "nowhere", "--dtype", "int4"],
        ["generate", "a cat", "--stage1", "nowhere", "--device", "tpu"],
        ["generate", "a cat", "--stage1", "nowhere", "--device", "cuda:-1"],
        ["generate", "a cat", "--stage1", "nowhere", "--device", "cpu"],
        ["generate", "a cat", "--negative", "dogs", "--stage1", "nowhere", "--embeddings", "x.safetensors"],
        ["generate", "a cat", "--embeddings", "x.safetensors", "--no-clean-caption"],
        ["generate", "a cat", "--models", "nowhere"],
        ["generate", "a cat", "--stage1", "nowhere", "--stages", "2"],
        ["generate", "a cat", "--stage1", "nowhere", "--stages", "4"],
        ["generate", "a\u001b[31m cat", "--stage1", "no\u001b[31mwhere", "--device", "cpu"],
        ["generate", "a cat", "--stage1", "nowhere", "--timesteps", "999,750,800"],
        ["generate", "a cat", "--profile", "floid"],
        ["generate", "a cat", "--stage1", "nowhere", "--style-mix", "a lot"],
        ["generate", "a cat", "--stage1", "nowhere", "--threshold-ratio", "0.9,0.9"],
        ["generate", "a cat", "--embeddings", "x.safetensors", "--style", "lego"],
        ["generate", "a cat", "--candidates", "0"],
        ["generate", "a cat", "--candidates", "4", "--count", "2"],
        ["generate", "--candidates", "4", "--pick", "2"],
        ["generate", "--candidates-file", "x.safetensors"],
        ["generate", "a cat", "--pick", "2"],
        ["generate", "--pick", "2,x", "--candidates-file", "x.safetensors"],
        ["generate", "--pick", "2", "--candidates-file", "x.safetensors"],
        ["generate", "--pick", "2", "--out", "nowhere"],
        ["check"],
        ["check", "a cat"],
        ["check", "a cat", "--stage1", "nowhere"],
        ["encode"],
        ["encode", "a cat"],
        ["encode", "a cat", "--out", "x.safetensors"],
        ["encode", "a cat", "--out", "x.safetensors", "--stage1", "nowhere"],
        ["inspect"],
        ["inspect", "nowhere"],
        ["inspect", "nowhere", "elsewhere"],
        ["inspect", "--verbose"],
        ["quantize"],
        ["quantize", "nowhere"],
        ["quantize", "nowhere", "--out", "elsewhere"],
        ["generate", "a cat", "--stage1", "nowhere", "--quantize", "some"],
        ["doctor", "now"],
        ["generate", "a cat", "--stage1", "DeepFloyd/IF-I-XL-v1.0"],
        ["generate", "a cat", "--models", "if-m"],
        ["generate", "a cat", "--stage1", "nowhere", "--stage2", "DeepFloyd/IF-II-L-v1.0/../x"],
        ["encode", "a cat", "--out", "x.safetensors", "--models", "if-m"],
        ["pull"],
        ["pull", "if-s"],
        ["pull", "a b"],
        ["pull", "../a"],
        ["pull", "a/b"],
        ["pull", "a/b", "--variant", "../x"],
        ["pull", "if-m", "--revision", "x"],
        ["cache", "list"],
        ["cache", "delete"],
        ["cache", "delete", "if-m"],
        ["cache", "delete", "../a"],
        ["cache", "delete", "a/b"],
        ["cache", "--yes"],
    ];

    [Fact]
    public void Run_WithEachMistake_SaysOneClearLine()
    {
        var lines = _mistakes.Select(args => $"floyd {string.Join(' ', args.Select(a => a.Length == 0 || a.Contains(' ') ? $"\"{a}\"" : a))}\n    {CliRun.Of(args).ErrorLine()}\n");
        _expectation.Matches("errors", string.Join("", lines).Replace("\u001b", "ESC"));
    }

    [Fact]
    public void Run_WithControlCharactersInInput_PrintsNoneOfThem() =>
        Assert.DoesNotContain('\u001b', CliRun.Of("inspect", "no\u001b[31mwhere").Error);

    [Fact]
    public void Run_WithAtSignInPrompt_TakesItAsText() =>
        Assert.Contains("none were found", CliRun.Of("generate", "@nowhere").ErrorLine(), StringComparison.Ordinal);

    [Fact]
    public void Run_WithPromptAfterDashes_TakesItAsText() =>
        Assert.Contains("none were found", CliRun.Of("generate", "--", "--steps").ErrorLine(), StringComparison.Ordinal);

    [Fact]
    public void Run_WithDebug_ShowsWhereTheErrorHappened()
    {
        var run = CliRun.Of("inspect", "nowhere", "--debug");
        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.StartsWith("floyd: nowhere does not exist", run.Error, StringComparison.Ordinal);
        Assert.Contains("   at FloydSharp.Cli", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithFolderThatIsNoCheckpoint_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("neither model_index.json nor", CliRun.Of("inspect", folder.Path).ErrorLine(), StringComparison.Ordinal);
    }
}

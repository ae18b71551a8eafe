using System.Text.Json;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class CheckCommandTests
{
    private static readonly string Models = Path.Combine(GoldenFolder.RepositoryRoot, "models");

    [Fact]
    public void Run_APromptThatCleaningHurts_ShowsWhatGoesAndHowToKeepIt()
    {
        var run = CliRun.Of("check", "A sign (24h) by \u6771\u4EAC 1234567 Road", "--style", "lego", "--models", Models, "--stages", "1").Succeeded();

        Assert.Empty(run.Error);
        Assert.Matches(@"tokens +\d+ of \d+\n", run.Out);
        Assert.Contains("deletes \"(\", \")\", \"\u6771\u4EAC 1234567\"; --no-clean-caption keeps it", run.Out, StringComparison.Ordinal);
        Assert.Contains("\u6771 \u4EAC (no tokens", run.Out, StringComparison.Ordinal);
        Assert.Contains("read as small letters", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"style +lego\n", run.Out);
    }

    [Fact]
    public void Run_WithoutCleaning_FindsNothingToSay()
    {
        var run = CliRun.Of("check", "a sign (24h)", "--no-clean-caption", "--models", Models, "--stages", "1").Succeeded();
        Assert.DoesNotContain("cleaning", run.Out, StringComparison.Ordinal);
        Assert.Contains("a sign (24h)", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithJson_PrintsAList()
    {
        var run = CliRun.Of("check", "a sign (24h)", "--negative", "blurry", "--json", "--models", Models, "--stages", "1").Succeeded();
        using var json = JsonDocument.Parse(run.Out);
        var (prompt, negative) = (json.RootElement[0], json.RootElement[1]);
        Assert.Equal(
            ["role", "encoder", "prompt", "read", "tokens", "max_tokens", "cut", "cleaned", "changes", "unknown", "has_capitals"], prompt.EnumerateObject().Select(p => p.Name));
        Assert.Equal("a sign 24h", prompt.GetProperty("read").GetString());
        Assert.Equal("brackets", prompt.GetProperty("changes")[0].GetProperty("kind").GetString());
        Assert.Equal("negative", negative.GetProperty("role").GetString());
    }
}

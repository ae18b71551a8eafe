using FloydSharp.Schedulers;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Help;

public class HelpWriterTests
{
    private static readonly Expectation _expectation = new("FloydSharp.Cli.Tests", "Expectations");

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-generate", "generate", "--help")]
    [InlineData("help-vary", "vary", "--help")]
    [InlineData("help-inpaint", "inpaint", "--help")]
    [InlineData("help-upscale", "upscale", "--help")]
    [InlineData("help-rerun", "rerun", "--help")]
    [InlineData("help-resume", "resume", "--help")]
    [InlineData("help-check", "check", "--help")]
    [InlineData("help-plan", "plan", "--help")]
    [InlineData("help-encode", "encode", "--help")]
    [InlineData("help-pull", "pull", "--help")]
    [InlineData("help-cache", "cache", "--help")]
    [InlineData("help-inspect", "inspect", "--help")]
    [InlineData("help-quantize", "quantize", "--help")]
    [InlineData("help-doctor", "doctor", "-h")]
    public void Write_OfEachCommand_IsAsExpected(string name, params string[] args)
    {
        var run = CliRun.Of(args).Succeeded();
        Assert.Empty(run.Error);
        _expectation.Matches(name, run.Out);
    }

    [Fact]
    public void Run_WithoutArguments_ShowsHelp() => Assert.Equal(CliRun.Of("--help").Out, CliRun.Of().Succeeded().Out);

    [Fact]
    public void Run_Version_PrintsNameAndNumber() => Assert.Matches(@"^floyd \d+\.\d+\.\d+\S*\n$", CliRun.Of("--version").Succeeded().Out);

    [Fact]
    public void Write_OfGenerate_NamesAllSchedulersAndTimestepLists()
    {
        var help = string.Join(' ', CliRun.Of("generate", "--help").Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All([.. SchedulerFactory.Names, .. TimestepPresets.Names], name => Assert.Contains(name, help, StringComparison.Ordinal));
    }

    [Fact]
    public void Write_OfEachCommand_GivesExamplesThatParse()
    {
        foreach (var verb in (string[])["generate", "vary", "inpaint", "upscale", "check", "plan", "encode", "pull", "cache", "inspect", "doctor"])
        {
            var help = CliRun.Of(verb, "--help").Out;
            var examples = help[help.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Skip(1).Select(l => l.Trim())
                .Where(l => l.StartsWith("floyd ", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(examples);
            Assert.All(examples, e => Assert.StartsWith("There is no option --no-such-option", CliRun.Of([.. Words(e), "--no-such-option"]).ErrorLine(), StringComparison.Ordinal));
        }
    }

    // An option that does not exist ends each run before it begins; everything before it has been understood.
    private static IEnumerable<string> Words(string commandLine) =>
        System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(commandLine).Skip(1);
}

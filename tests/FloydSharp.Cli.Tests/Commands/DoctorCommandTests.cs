using System.Text.Json;

namespace FloydSharp.Cli.Tests.Commands;

public class DoctorCommandTests
{
    [Fact]
    public void Run_WhereLibtorchLoads_ShowsWhatThereIs()
    {
        var run = CliRun.Of("doctor").Succeeded();
        Assert.Matches(@"(?m)^libtorch\s+\d+\.\d+\.\d+\S*, .*torch", run.Out);
        Assert.Matches(@"(?m)^processor\s+\S", run.Out);
        Assert.Matches(@"(?m)^CPU path\s+(Vector512|Vector256|plain): \S", run.Out);
        Assert.Matches(@"(?m)^(GPU|cuda:0)\s+\S", run.Out);
        Assert.Matches(@"(?m)^memory\s+\S+ \wB free of \S+ \wB$", run.Out);
        Assert.Matches(@"(?m)^container\s+\S", run.Out);
        Assert.Matches(@"(?m)^Hugging Face's cache\s+\S", run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Run_WithJson_PrintsOneObject()
    {
        using var json = JsonDocument.Parse(CliRun.Of("doctor", "--json").Succeeded().Out);
        var root = json.RootElement;
        Assert.Equal(JsonValueKind.Null, root.GetProperty("libtorch").GetProperty("problem").ValueKind);
        Assert.True(root.GetProperty("memory").GetProperty("total").GetInt64() > 0);
        Assert.Equal(JsonValueKind.Array, root.GetProperty("gpus").ValueKind);
    }

    [Fact]
    public async Task Run_WhereLibtorchDoesNotLoad_SaysSoAndEndsWith2()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The libraries are chosen by FLOYD_LIBTORCH on Linux only.");
        var (code, output, error) = await ChildProcess.Run(new() { ["FLOYD_LIBTORCH"] = "/nowhere" }, "doctor");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Matches(@"libtorch\s+not loaded", output);
        Assert.Contains("/nowhere", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}

using System.Diagnostics;
using FloydSharp.Cli.Tests.Commands;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests;

public class ProgramTests(ITestOutputHelper log)
{
    [Fact]
    public async Task Help_OfTheProcess_AnswersWithinHalfASecond()
    {
        // The best of a few runs, because other tests use the processors meanwhile.
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 8 && best > TimeSpan.FromSeconds(0.25); run++)
        {
            var start = Stopwatch.GetTimestamp();
            var (code, _, _) = await ChildProcess.Run([], "--help");
            Assert.Equal(ExitCode.Ok, code);
            best = TimeSpan.FromTicks(Math.Min(best.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        log.WriteLine($"floyd --help: {best.TotalMilliseconds:0} ms");
        Assert.True(best < TimeSpan.FromSeconds(0.5), $"{best}");
    }

    [Fact]
    public async Task Interrupt_WhileDenoising_EndsWith130AndLeavesNoFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using var output = new TemporaryFolder();
        using var process = ChildProcess.Start([], Checkpoints.GenerateStage1(Checkpoints.Small.Checkpoint("if-I"), output.Path, "--keep-state", "off", "--timesteps", string.Join(',', Enumerable.Range(0, 1000).Reverse())));
        List<string> lines = [];
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.Contains("denoise  step", StringComparison.Ordinal) && lines.Count(l => l.Contains("denoise  step", StringComparison.Ordinal)) == 1)
                Process.Start("kill", ["-INT", $"{process.Id}"]).Dispose();
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains(lines, l => l.StartsWith("floyd: stopping after this step", StringComparison.Ordinal));
        Assert.StartsWith("floyd: stopped", lines[^1], StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(output.Path));
    }
}

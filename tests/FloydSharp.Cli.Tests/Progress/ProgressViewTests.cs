using FloydSharp.Cli.Progress;

namespace FloydSharp.Cli.Tests.Progress;

public class ProgressViewTests
{
    [Fact]
    public void Report_ToALog_SaysOneLineASecondAndOneAtTheEnd()
    {
        var clock = new ManualClock();
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var view = ProgressView.For(new CliHost { Out = output, Error = error, Clock = clock }, quiet: false);

        view.Begin("stage 1", "denoise");
        for (var step = 1; step <= 10; step++)
        {
            clock.Advance(0.5);
            view.Report(step, 10);
        }

        view.End();
        Assert.Equal(
            """
            stage 1  denoise  step 2/10  2.0 it/s  4.0 s left
            stage 1  denoise  step 4/10  2.0 it/s  3.0 s left
            stage 1  denoise  step 6/10  2.0 it/s  2.0 s left
            stage 1  denoise  step 8/10  2.0 it/s  1.0 s left
            stage 1  denoise  10 steps  5.0 s  2.0 it/s

            """,
            error.ToString());
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Report_OfBytes_GivesSizesAndSpeed()
    {
        var clock = new ManualClock();
        using StringWriter error = new() { NewLine = "\n" };
        var view = ProgressView.For(new CliHost { Out = error, Error = error, Clock = clock }, quiet: false);
        view.Begin("text", "load text_encoder");
        view.Report(0, 8e9, inBytes: true);
        clock.Advance(2);
        view.Report(2e9, 8e9, inBytes: true);
        clock.Advance(6);
        view.Report(8e9, 8e9, inBytes: true);
        view.End();
        Assert.Equal("text     load text_encoder  2 GB of 8 GB  1 GB/s  6.0 s left\ntext     load text_encoder  8 GB  8.0 s  1 GB/s\n", error.ToString());
    }

    [Fact]
    public void For_Quiet_SaysWarningsOnly()
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var view = ProgressView.For(new CliHost { Out = output, Error = error }, quiet: true);
        view.Run(() =>
        {
            view.Begin("stage 1", "denoise");
            view.Report(1, 2);
            view.End();
            view.Note("seed 7");
            view.Warn("cut");
            view.Result("a.png");
        });
        Assert.Equal("warning: cut\n", error.ToString());
        Assert.Equal("a.png\n", output.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void For_ATerminal_DrawsBarsAndKeepsResultsOnStdout(bool outIsTerminal)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var view = ProgressView.For(new CliHost { Out = output, Error = error, ErrorIsTerminal = true, OutIsTerminal = outIsTerminal, Width = 100 }, quiet: false);
        view.Run(() =>
        {
            view.Begin("stage 1", "denoise [x]");
            view.Report(1, 2);
            view.Warn("cut [red]");
            view.Result("a.png");
            view.Report(2, 2);
            view.End();
        });
        Assert.Contains("denoise [x]", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("2 steps", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("warning: cut [red]", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(outIsTerminal ? "" : "a.png\n", output.ToString());
        Assert.Equal(outIsTerminal, error.ToString().Contains("a.png", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OnATerminalThatFails_PassesTheErrorOn()
    {
        using var error = new StringWriter();
        var view = ProgressView.For(new CliHost { Out = error, Error = error, ErrorIsTerminal = true }, quiet: false);
        Assert.Throws<OperationCanceledException>(() => view.Run(() =>
        {
            view.Begin("stage 1", "denoise");
            throw new OperationCanceledException();
        }));
    }
}

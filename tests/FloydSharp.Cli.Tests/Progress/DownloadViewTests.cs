using FloydSharp.Cli.Progress;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Tests.Progress;

public sealed class DownloadViewTests : IDisposable
{
    private static readonly RepoId _repo = RepoId.Parse("owner/model");
    private static readonly HubFile _file = new("unet/weights.safetensors", 100_000_000, new string('a', 64));

    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly ManualClock _clock = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Report_WithoutATerminal_WritesALineNowAndThen()
    {
        Play(View(terminal: false, quiet: false));
        Assert.Equal(
            """
            owner/model  unet/weights.safetensors  goes on at 20 MB of 100 MB
            owner/model  unet/weights.safetensors  60 MB of 100 MB  4 MB/s  10 s left
            owner/model: the connection broke; again in 4.0 s
            owner/model  unet/weights.safetensors  100 MB  20 s  4 MB/s

            """.ReplaceLineEndings("\n"),
            _error.ToString());
    }

    [Fact]
    public void Report_OnATerminal_DrawsABarPerLargeFileAndOneForAll()
    {
        var view = View(terminal: true, quiet: false);
        var pull = new HubPull(new(_repo, "main", new string('0', 40), false), new([_file, _file with { Path = "small", Size = 5 }], []), "/", [_file], 80_000_000);
        view.Run([pull], () => Play(view));
        var text = _error.ToString();
        Assert.Contains("all files", text, StringComparison.Ordinal);
        Assert.Contains("unet/weights.safetensors", text, StringComparison.Ordinal);
        Assert.Contains("the connection broke; again in 4.0 s", text, StringComparison.Ordinal);
        Assert.DoesNotContain("small", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_Quietly_OnlyTellsProblems()
    {
        Play(View(terminal: false, quiet: true));
        Assert.Equal("owner/model: the connection broke; again in 4.0 s\n", _error.ToString());
    }

    private DownloadView View(bool terminal, bool quiet) =>
        DownloadView.For(new() { Out = TextWriter.Null, Error = _error, ErrorIsTerminal = terminal, Width = 160, Clock = _clock }, quiet);

    private void Play(DownloadView view)
    {
        view.Report(new HubEvent.Started(_repo, _file, 20_000_000));
        _clock.Advance(1);
        view.Report(new HubEvent.Progress(_repo, _file, 24_000_000));
        _clock.Advance(9);
        view.Report(new HubEvent.Progress(_repo, _file, 60_000_000));
        view.Report(new HubEvent.Waiting(_repo, _file, "the connection broke", TimeSpan.FromSeconds(4)));
        _clock.Advance(10);
        view.Report(new HubEvent.Finished(_repo, _file, Downloaded: true));
        view.Report(new HubEvent.Finished(_repo, _file with { Path = "small", Size = 5 }, Downloaded: false));
    }
}

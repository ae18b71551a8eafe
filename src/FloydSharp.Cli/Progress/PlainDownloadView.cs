using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Progress;

/// <summary>Plain lines for logs: one at the end of each file, and one every five seconds of each that takes longer.</summary>
internal sealed class PlainDownloadView(CliHost host) : DownloadView(host)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, long> _lastLines = [];

    protected override void OnBegin(string key, PhaseMeter file)
    {
        _lastLines[key] = Host.Clock.GetTimestamp();
        if (file.Done > 0)
            WriteLine($"{file.Title}  goes on at {file.Status()}");
    }

    protected override void OnReport(string key, PhaseMeter file)
    {
        if (file.Done >= file.Total || Host.Clock.GetElapsedTime(_lastLines[key]) < _pause)
            return;
        _lastLines[key] = Host.Clock.GetTimestamp();
        WriteLine($"{file.Title}  {file.Status()}");
    }

    protected override void OnEnd(string key, PhaseMeter? meter, HubFile file, bool downloaded)
    {
        if (meter is not null)
            WriteLine($"{meter.Title}  {meter.Summary()}");
    }
}

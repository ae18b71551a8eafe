namespace FloydSharp.Cli.Progress;

/// <summary>Plain lines for logs: one a second at most, and one at the end of each phase.</summary>
internal sealed class PlainView(CliHost host) : ProgressView(host)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private long _lastLine;

    protected override void OnBegin(PhaseMeter phase) => _lastLine = Host.Clock.GetTimestamp();

    protected override void OnReport(PhaseMeter phase)
    {
        if (phase.Done >= phase.Total || Host.Clock.GetElapsedTime(_lastLine) < _pause)
            return;
        _lastLine = Host.Clock.GetTimestamp();
        WriteLine($"{phase.Title}  {phase.Status()}");
    }

    protected override void OnEnd(PhaseMeter phase) => WriteLine($"{phase.Title}  {phase.Summary()}");
}

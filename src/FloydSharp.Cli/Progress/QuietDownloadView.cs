namespace FloydSharp.Cli.Progress;

/// <summary>Problems only.</summary>
internal sealed class QuietDownloadView(CliHost host) : DownloadView(host)
{
    public override void Note(string line)
    {
    }
}

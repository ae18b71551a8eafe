namespace FloydSharp.Cli.Progress;

/// <summary>Warnings and results only.</summary>
internal sealed class QuietView(CliHost host) : ProgressView(host)
{
    public override void Note(string line)
    {
    }
}

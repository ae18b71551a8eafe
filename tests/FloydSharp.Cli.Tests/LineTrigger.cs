namespace FloydSharp.Cli.Tests;

/// <summary>Keeps what is written and does something when a line passes.</summary>
internal sealed class LineTrigger : StringWriter
{
    private readonly string _line;
    private readonly Action _then;

    /// <param name="line">What the line begins with.</param>
    /// <param name="then">What happens then.</param>
    public LineTrigger(string line, Action then)
    {
        (_line, _then) = (line, then);
        NewLine = "\n";
    }

    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.StartsWith(_line, StringComparison.Ordinal) == true)
            _then();
    }
}

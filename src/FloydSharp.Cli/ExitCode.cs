namespace FloydSharp.Cli;

/// <summary>What the process answers with.</summary>
internal static class ExitCode
{
    /// <summary>All done.</summary>
    public const int Ok = 0;

    /// <summary>Something went wrong that the program did not expect.</summary>
    public const int Unexpected = 1;

    /// <summary>The input or the machine is not as it has to be; the line on stderr says what to change.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl+C, as shells count it: 128 + SIGINT.</summary>
    public const int Cancelled = 130;
}

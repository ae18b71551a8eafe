using System.Diagnostics;
using System.Text;

namespace FloydSharp.Profile.Rows;

/// <summary>A program that ran while its memory, and what is free on the card, was looked at every few milliseconds.</summary>
/// <param name="ExitCode">Its exit code; null where it was ended for taking too long.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">Lines of standard error, with the moments they came.</param>
/// <param name="Samples">What was seen.</param>
/// <param name="Seconds">How long it ran.</param>
internal sealed record WatchedProcess(int? ExitCode, string Output, IReadOnlyList<(long Time, string Line)> Errors, IReadOnlyList<Sample> Samples, double Seconds)
{
    private const int MillisecondsBetweenLooks = 3;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="group">The group that it runs in; null for none.</param>
    /// <param name="card">The card; null for none.</param>
    /// <param name="limit">When it is ended.</param>
    public static WatchedProcess Run(IReadOnlyList<string> command, MemoryGroup? group, Card? card, TimeSpan limit)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] shell = ["-c", group is null ? "exec \"$@\"" : "echo $$ > \"$0\" && exec \"$@\"", group?.Members ?? "sh", .. command];
        foreach (var argument in shell)
            start.ArgumentList.Add(argument);

        card?.Enter();
        var free = card is null ? 0 : Card.Free;
        List<(long, string)> errors = [];
        StringBuilder output = new();
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => output.AppendLine(e.Data);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                errors.Add((Stopwatch.GetTimestamp(), e.Data));
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        List<Sample> samples = [];
        var ended = false;
        while (!process.WaitForExit(MillisecondsBetweenLooks))
        {
            samples.Add(Look(process.Id, card is null ? null : free - Card.Free));
            if (ended || Stopwatch.GetElapsedTime(began) < limit)
                continue;
            process.Kill(entireProcessTree: true);
            ended = true;
        }

        process.WaitForExit();
        return new(ended ? null : process.ExitCode, output.ToString(), errors, samples, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static Sample Look(int id, long? device)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{id}/status");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            text = "";
        }

        return new(Stopwatch.GetTimestamp(), Bytes(text, "RssAnon:"), Bytes(text, "RssShmem:"), Bytes(text, "VmPin:"), device);
    }

    private static long Bytes(string text, string name)
    {
        var at = text.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
            return 0;
        var rest = text.AsSpan(at + name.Length).TrimStart();
        return long.TryParse(rest[..rest.IndexOf(' ')], out var kilobytes) ? kilobytes << 10 : 0;
    }
}

using System.Diagnostics;

namespace FloydSharp.Cli.Tests;

/// <summary>The program as a process of its own, for what signals, start-up and native loading need.</summary>
internal static class ChildProcess
{
    /// <summary>Starts floyd.</summary>
    public static Process Start(Dictionary<string, string> environment, params IEnumerable<string> args)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "floyd.dll"));
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs floyd to its end.</summary>
    public static async Task<(int Code, string Out, string Error)> Run(Dictionary<string, string> environment, params string[] args)
    {
        using var process = Start(environment, args);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }
}

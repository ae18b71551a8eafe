namespace FloydSharp.Cli.Tests;

/// <summary>A command line run in this process.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Out">What it wrote to stdout.</param>
/// <param name="Error">What it wrote to stderr.</param>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>The lines of stdout.</summary>
    public string[] OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line that nobody watches.</summary>
    public static CliRun Of(params IEnumerable<string> args) => Of(host => host, args);

    /// <summary>Runs a command line in a host of one's own.</summary>
    public static CliRun Of(Func<CliHost, CliHost> configure, params IEnumerable<string> args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var own = new CliHost
        {
            Out = output,
            Error = error,
            Models = new(null, "/nowhere/bin"),
            EmbeddingCache = () => null,
            Hub = () => new() { CacheFolder = "/nowhere/hub", Offline = true },
        };
        var code = FloydCli.Run([.. args], configure(own));
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>The one line of an error, without the program's name.</summary>
    public string ErrorLine(int code = ExitCode.BadInput)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}; stderr: {Error}");
        Assert.Empty(Out);
        var last = Error.TrimEnd('\n').Split('\n')[^1];
        Assert.StartsWith("floyd: ", last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return last["floyd: ".Length..];
    }

    /// <summary>This, where it succeeded.</summary>
    public CliRun Succeeded()
    {
        Assert.True(Code == ExitCode.Ok, $"exit code {Code}; stderr: {Error}");
        return this;
    }
}

using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using FloydSharp.Cli.Commands;
using FloydSharp.Cli.Help;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli;

/// <summary>The program: parses, runs one verb, turns every outcome into an exit code.</summary>
internal static class FloydCli
{
    /// <summary>The program's version.</summary>
    public static string Version { get; } = typeof(FloydCli).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Runs with the process's console and signals.</summary>
    public static int RunProcess(string[] args)
    {
        using var stop = new StopSignal();
        return Run(args, new CliHost
        {
            Out = Console.Out,
            Error = Console.Error,
            ReadLine = Console.ReadLine,
            InIsTerminal = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
            Width = TerminalWidth(),
            Debug = Environment.GetEnvironmentVariable("FLOYD_DEBUG") is { Length: > 0 } and not "0",
            Cancellation = stop.Token,
        });
    }

    /// <summary>Runs in a given host.</summary>
    /// <returns>The exit code, one of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        host = host with { Debug = host.Debug || args.TakeWhile(a => a != "--").Contains("--debug") };
        try
        {
            var root = Build(host);
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction or null)
                throw new FloydException(ParseProblem.Describe(parsed));
            return parsed.Invoke(new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e)
        {
            var failure = Failure.Of(e, host.Cancellation);
            host.Error.WriteLine($"floyd: {failure.Message}");
            if (host.Debug && failure.Code != ExitCode.Cancelled)
                host.Error.WriteLine(e);
            host.Error.Flush();
            return failure.Code;
        }
    }

    private static RootCommand Build(CliHost host)
    {
        var root = new RootCommand("Text to image with DeepFloyd IF: a prompt becomes a picture of 64, 256 and 1024 pixels.");
        root.Add(new Option<bool>("--debug") { Recursive = true, Description = "Show where an error happened (also FLOYD_DEBUG=1)." });
        root.Add(GenerateCommand.Create(host));
        root.Add(VaryCommand.Create(host));
        root.Add(InpaintCommand.Create(host));
        root.Add(UpscaleCommand.Create(host));
        root.Add(RerunCommand.Create(host));
        root.Add(ResumeCommand.Create(host));
        root.Add(CheckCommand.Create(host));
        root.Add(PlanCommand.Create(host));
        root.Add(EncodeCommand.Create(host));
        root.Add(PullCommand.Create(host));
        root.Add(CacheCommand.Create(host));
        root.Add(InspectCommand.Create(host));
        root.Add(QuantizeCommand.Create(host));
        root.Add(DoctorCommand.Create(host));
        root.SetAction(_ => HelpWriter.Write(root, host.Out));

        foreach (var option in root.Options)
        {
            if (option is VersionOption version)
                version.Action = new Answer(_ => host.Out.WriteLine($"floyd {Version}"));
            else if (option is System.CommandLine.Help.HelpOption help)
                help.Action = new Answer(parsed => HelpWriter.Write(parsed.CommandResult.Command, host.Out));
        }

        return root;
    }

    private static int TerminalWidth()
    {
        try
        {
            return Console.IsErrorRedirected || Console.WindowWidth <= 0 ? 80 : Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private sealed class Answer(Action<ParseResult> answer) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            answer(parseResult);
            return ExitCode.Ok;
        }
    }
}

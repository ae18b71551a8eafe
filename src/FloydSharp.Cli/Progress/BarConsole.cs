using FloydSharp.Cli.Output;
using Spectre.Console;

namespace FloydSharp.Cli.Progress;

/// <summary>The terminal that bars are drawn on, standard error, and how they look.</summary>
internal sealed class BarConsole
{
    private readonly CliHost _host;
    private readonly IAnsiConsole _console;

    public BarConsole(CliHost host)
    {
        _host = host;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(host.Error),
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
        });
        _console.Profile.Width = host.Width;
    }

    /// <summary>Draws bars while something runs.</summary>
    public void Run(Action<ProgressContext> work) => new Spectre.Console.Progress(_console, _host.Clock)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new StatusColumn())
        .Start(work);

    /// <summary>A line above the bars.</summary>
    public void WriteLine(string line) => _console.WriteLine(Printable.Of(line, 2000));

    /// <summary>Moves a bar. A full one counts as finished and stops being drawn, so only the end fills it.</summary>
    public static void Update(ProgressTask bar, PhaseMeter meter)
    {
        bar.Value = Math.Min(meter.Done, bar.MaxValue * 0.999);
        bar.Tag = meter.Status();
    }

    /// <summary>Fills a bar and leaves it standing with what it came to.</summary>
    public static void Finish(ProgressTask bar, PhaseMeter meter)
    {
        bar.Tag = meter.Summary();
        bar.Value = bar.MaxValue;
        bar.StopTask();
    }
}

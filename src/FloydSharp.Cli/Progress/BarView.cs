using FloydSharp.Cli.Output;
using Spectre.Console;

namespace FloydSharp.Cli.Progress;

/// <summary>A bar per phase, on a terminal.</summary>
internal sealed class BarView : ProgressView
{
    private readonly IAnsiConsole _console;
    private ProgressContext? _context;
    private ProgressTask? _bar;

    public BarView(CliHost host)
        : base(host)
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(host.Error),
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
        });
        _console.Profile.Width = host.Width;
    }

    public override void Result(string line)
    {
        // On one screen the path has to pass above the bars; elsewhere it goes straight to where results go.
        if (Host.OutIsTerminal && _context is not null)
            WriteLine(line);
        else
            base.Result(line);
    }

    protected override void Show(Action work) => new Spectre.Console.Progress(_console, Host.Clock)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new StatusColumn())
        .Start(context =>
        {
            _context = context;
            try
            {
                work();
            }
            finally
            {
                // A bar that stays open would keep its place and go on turning.
                _bar?.StopTask();
                _context = null;
            }
        });

    protected override void WriteLine(string line)
    {
        if (_context is null)
            base.WriteLine(line);
        else
            _console.WriteLine(Printable.Of(line, 2000));
    }

    protected override void OnBegin(PhaseMeter phase)
    {
        _bar = _context?.AddTask(Markup.Escape(phase.Title), new ProgressTaskSettings { AutoStart = true, MaxValue = 1 });
        _bar?.IsIndeterminate(true);
    }

    protected override void OnReport(PhaseMeter phase)
    {
        if (_bar is null)
            return;
        _bar.IsIndeterminate(false);
        _bar.MaxValue = Math.Max(1, phase.Total);
        // A full bar counts as finished and stops being drawn; the end of the phase fills it.
        _bar.Value = Math.Min(phase.Done, _bar.MaxValue * 0.999);
        _bar.Tag = phase.Status();
    }

    protected override void OnEnd(PhaseMeter phase)
    {
        if (_bar is null)
            return;
        _bar.IsIndeterminate(false);
        _bar.Tag = phase.Summary();
        _bar.Value = _bar.MaxValue;
        _bar.StopTask();
        _bar = null;
    }
}

using Spectre.Console;

namespace FloydSharp.Cli.Progress;

/// <summary>A bar per phase, on a terminal.</summary>
internal sealed class BarView : ProgressView
{
    private readonly BarConsole _console;
    private ProgressContext? _context;
    private ProgressTask? _bar;

    public BarView(CliHost host)
        : base(host) => _console = new(host);

    public override void Result(string line)
    {
        // On one screen the path has to pass above the bars; elsewhere it goes straight to where results go.
        if (Host.OutIsTerminal && _context is not null)
            WriteLine(line);
        else
            base.Result(line);
    }

    protected override void Show(Action work) => _console.Run(context =>
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
            _console.WriteLine(line);
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
        BarConsole.Update(_bar, phase);
    }

    protected override void OnEnd(PhaseMeter phase)
    {
        if (_bar is null)
            return;
        _bar.IsIndeterminate(false);
        BarConsole.Finish(_bar, phase);
        _bar = null;
    }
}

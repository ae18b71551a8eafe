using FloydSharp.Cli.Output;
using FloydSharp.IO.Hub;
using Spectre.Console;

namespace FloydSharp.Cli.Progress;

/// <summary>A bar per file that takes a while, and one for all, on a terminal.</summary>
internal sealed class BarDownloadView : DownloadView
{
    private const long Small = 4 << 20;

    private readonly BarConsole _console;
    private readonly Dictionary<string, ProgressTask> _bars = [];
    private readonly Dictionary<string, double> _done = [];
    private ProgressContext? _context;
    private ProgressTask? _all;
    private PhaseMeter? _total;

    public BarDownloadView(CliHost host)
        : base(host) => _console = new(host);

    protected override void Show(IReadOnlyList<HubPull> pulls, Action work)
    {
        var (bytes, missing) = (pulls.Sum(p => p.Plan.Files.Sum(f => (double)f.Size)), pulls.Sum(p => (double)p.MissingBytes));
        _console.Run(context =>
        {
            _context = context;
            _total = new("all", "files", Host.Clock) { Before = bytes - missing };
            _total.Report(bytes - missing, bytes, inBytes: true);
            _all = Bar("all files", bytes);
            try
            {
                work();
            }
            finally
            {
                // A bar that stays open would keep its place and go on turning.
                foreach (var bar in _bars.Values.Append(_all))
                    bar.StopTask();
                _context = null;
            }
        });
    }

    protected override void WriteLine(string line)
    {
        if (_context is null)
            base.WriteLine(line);
        else
            _console.WriteLine(line);
    }

    protected override void OnBegin(string key, PhaseMeter file)
    {
        if (file.Total >= Small)
            _bars[key] = Bar(file.Title, file.Total);
        OnReport(key, file);
    }

    protected override void OnReport(string key, PhaseMeter file)
    {
        if (_bars.TryGetValue(key, out var bar))
            BarConsole.Update(bar, file);
        Count(key, file.Done);
    }

    protected override void OnEnd(string key, PhaseMeter? meter, HubFile file, bool downloaded)
    {
        Count(key, file.Size);
        if (meter is null || !_bars.Remove(key, out var bar))
            return;
        BarConsole.Finish(bar, meter);
    }

    // What the cache had counts from the first moment on, so that the rate is that of the network.
    private void Count(string key, double done)
    {
        _done[key] = done;
        if (_total is null || _all is null)
            return;
        _total.Report(Math.Max(_total.Done, _done.Values.Sum()), _total.Total, inBytes: true);
        BarConsole.Update(_all, _total);
    }

    private ProgressTask Bar(string title, double size) =>
        _context!.AddTask(Markup.Escape(Printable.Of(title)), new ProgressTaskSettings { AutoStart = true, MaxValue = Math.Max(1, size) });
}

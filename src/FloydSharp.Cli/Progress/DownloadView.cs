using FloydSharp.Cli.Output;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Progress;

/// <summary>How a download looks: several files are under way at once.</summary>
internal abstract class DownloadView(CliHost host) : IProgress<HubEvent>
{
    private readonly Dictionary<string, PhaseMeter> _files = [];

    /// <summary>Where the view is seen.</summary>
    protected CliHost Host => host;

    /// <summary>The view that suits the host.</summary>
    /// <param name="host">Where it is seen.</param>
    /// <param name="quiet">Whether nothing but problems is wanted.</param>
    public static DownloadView For(CliHost host, bool quiet) =>
        quiet ? new QuietDownloadView(host) : host.ErrorIsTerminal ? new BarDownloadView(host) : new PlainDownloadView(host);

    /// <summary>Downloads while the view is shown.</summary>
    public void Run(IReadOnlyList<HubPull> pulls, Action work)
    {
        using var stopping = Host.Cancellation.Register(() => WriteLine("floyd: stopping; what was downloaded is kept, and the next pull goes on from there"));
        Show(pulls, work);
    }

    /// <summary>Says something worth knowing.</summary>
    public virtual void Note(string line) => WriteLine(line);

    /// <inheritdoc/>
    public void Report(HubEvent value)
    {
        var key = $"{value.Repository}/{value.File?.Path}";
        switch (value)
        {
            case HubEvent.Started { File: { } file } e:
                var begun = new PhaseMeter(value.Repository.Text, file.Path, host.Clock) { Before = e.Done };
                begun.Report(e.Done, file.Size, inBytes: true);
                _files[key] = begun;
                OnBegin(key, begun);
                break;
            case HubEvent.Progress { File: { } file } e when _files.TryGetValue(key, out var meter):
                meter.Report(e.Done, file.Size, inBytes: true);
                OnReport(key, meter);
                break;
            case HubEvent.Finished { File: { } file } e:
                if (_files.Remove(key, out var ended))
                    ended.Report(file.Size, file.Size, inBytes: true);
                OnEnd(key, ended, file, e.Downloaded);
                break;
            case HubEvent.Waiting e:
                WriteLine($"{value.Repository}: {e.Reason}{(e.Wait > TimeSpan.Zero ? $"; again in {Units.Duration(e.Wait)}" : "")}");
                break;
        }
    }

    protected virtual void WriteLine(string line)
    {
        Host.Error.WriteLine(Printable.Of(line, 2000));
        Host.Error.Flush();
    }

    protected virtual void Show(IReadOnlyList<HubPull> pulls, Action work) => work();

    protected virtual void OnBegin(string key, PhaseMeter file)
    {
    }

    protected virtual void OnReport(string key, PhaseMeter file)
    {
    }

    /// <summary>A file is there.</summary>
    /// <param name="key">The file.</param>
    /// <param name="meter">Its progress; null where it never began.</param>
    /// <param name="file">Its name and size.</param>
    /// <param name="downloaded">False where the cache had it.</param>
    protected virtual void OnEnd(string key, PhaseMeter? meter, HubFile file, bool downloaded)
    {
    }
}

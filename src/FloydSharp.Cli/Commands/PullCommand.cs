using System.CommandLine;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd pull</c>: checkpoints from the Hub.</summary>
internal sealed class PullCommand(PullSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new PullSettings();
        return settings.ToCommand(
            "pull", "Download checkpoints from the Hugging Face Hub into its cache, just the files that are needed.", () => new PullCommand(settings, host).Run());
    }

    private void Run()
    {
        var start = host.Clock.GetTimestamp();
        var (targets, revision) = (settings.Targets, settings.Revision);
        using var client = new HubClient(host.Hub());
        var downloader = new HubDownloader(client);
        var view = DownloadView.For(host, settings.Quiet);

        var pulls = targets
            .Select(t => downloader.PlanAsync(t.Repository, revision, t.Options, view, host.Cancellation).GetAwaiter().GetResult())
            .ToList();
        foreach (var note in pulls.SelectMany(p => p.Plan.Notes))
            view.Note(note);
        if (!settings.DryRun)
            view.Run(pulls, () => downloader.DownloadAsync(pulls, view, host.Cancellation).GetAwaiter().GetResult());

        if (settings.Json)
            Json.Write(host.Out, Report(pulls, Math.Round(host.Clock.GetElapsedTime(start).TotalSeconds, 3)));
        else if (settings.DryRun)
            Print(pulls);
        else
            pulls.ForEach(p => host.Out.WriteLine(p.Folder));
    }

    private void Print(List<HubPull> pulls)
    {
        var columns = new Columns(host.Out);
        foreach (var pull in pulls)
        {
            columns.Line($"{pull.Repository.Id} ({pull.Repository.Revision}, {pull.Repository.Commit[..10]})");
            foreach (var file in pull.Plan.Files)
                columns.Inner().Line($"{Units.Bytes(file.Size),8}  {(pull.Missing.Contains(file) ? "" : "(there) ")}{file.Path}");
        }

        columns.Line($"to download: {Units.Bytes(pulls.Sum(p => p.MissingBytes))} of {Units.Bytes(pulls.Sum(p => p.Plan.Files.Sum(f => f.Size)))}");
    }

    private PullReport Report(List<HubPull> pulls, double seconds) => new(
        settings.DryRun,
        [.. pulls.Select(p => new PulledRepository(
            p.Repository.Id.Text,
            p.Repository.Revision,
            p.Repository.Commit,
            p.Folder,
            [.. p.Plan.Files.Select(f => new PulledFile(f.Path, f.Size, f.Hash, !p.Missing.Contains(f)))]))],
        pulls.Sum(p => p.MissingBytes),
        [.. pulls.SelectMany(p => p.Plan.Notes)],
        seconds);
}

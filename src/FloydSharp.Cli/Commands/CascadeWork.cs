using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Output;
using FloydSharp.Cli.Progress;

namespace FloydSharp.Cli.Commands;

/// <summary>Requests on their way through a cascade, seen by a person: new ones, those of a run that is continued, or one made again.</summary>
/// <param name="host">The world around.</param>
/// <param name="json">Whether the results are one JSON object.</param>
/// <param name="quiet">Whether progress is hidden.</param>
internal sealed class CascadeWork(CliHost host, bool json, bool quiet)
{
    private readonly long _start = host.Clock.GetTimestamp();

    /// <summary>Who shows progress.</summary>
    public ProgressView View { get; } = ProgressView.For(host, quiet);

    /// <summary>Follows the run.</summary>
    /// <param name="folder">Where pictures go.</param>
    /// <param name="state">Where the run keeps its state; null for nowhere.</param>
    /// <param name="note">Names and manifests.</param>
    public CascadeReporter Reporter(OutputFolder folder, CascadeRunFolder? state, RunNote note) => new(View, folder, printPaths: !json, note.Name, state, note.Manifest);

    /// <summary>Runs, and says how to go on where that is possible after an end that was not asked for.</summary>
    public void Run(IFCascade cascade, IReadOnlyList<CascadeRequest> requests, CascadeReporter reporter, CascadeRunFolder? state) =>
        Run(state, () => cascade.GenerateAll(requests, reporter, state, host.Cancellation));

    /// <summary>Makes candidates and keeps them, and says how to go on likewise.</summary>
    public void MakeCandidates(IFCascade cascade, IReadOnlyList<CascadeRequest> requests, CascadeReporter reporter, CascadeRunFolder? state) => Run(state, () =>
    {
        using var candidates = cascade.MakeCandidates(requests, reporter, state, host.Cancellation);
        reporter.Keep(candidates);
        state?.Discard();
    });

    private void Run(CascadeRunFolder? state, Action work)
    {
        try
        {
            work();
        }
        catch when (state is { Exists: true })
        {
            View.Note($"the run is kept; floyd resume {Path.GetDirectoryName(state.Path)} continues it");
            throw;
        }
    }

    /// <summary>Prints the JSON, where that was asked for.</summary>
    public void Report(CascadeOptions options, long seed, CascadeReporter reporter)
    {
        if (!json)
            return;
        Json.Write(host.Out, new GenerateReport(
            seed,
            options.Load.Device.ToString(),
            options.Load.EffectiveDType.ToString().ToLowerInvariant(),
            reporter.Files,
            reporter.CandidatesFile,
            reporter.ContactSheet,
            reporter.Timings,
            reporter.Memory,
            reporter.Warnings,
            Math.Round(host.Clock.GetElapsedTime(_start).TotalSeconds, 3)));
    }
}

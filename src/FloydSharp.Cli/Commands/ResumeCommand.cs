using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;
using FloydSharp.Cli.Output;
using FloydSharp.IO;
using FloydSharp.Native;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd resume</c>: runs that died are continued from their last step.</summary>
internal sealed class ResumeCommand(ResumeSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new ResumeSettings();
        return settings.ToCommand(
            "resume", "Continue runs that were stopped, from their last step, to the very bytes they would have made.", () => new ResumeCommand(settings, host).Run());
    }

    private void Run()
    {
        var saving = settings.Saving;
        var found = CascadeRunFolder.Find(settings.Folder);
        if (found.Count == 0)
            throw new FloydException($"There is no run to continue in {settings.Folder}; name the folder that its pictures go to. Runs shorter than ten seconds keep no state.");
        NativeLibraries.EnsureLoaded();
        foreach (var path in found)
        {
            using var state = CascadeRunFolder.Open(path, saving);
            if (settings.Discard)
                state.Discard();
            else
                Continue(state);
        }
    }

    private void Continue(CascadeRunFolder state)
    {
        var work = new CascadeWork(host, settings.Json, settings.Quiet);
        var (options, requests) = (state.Options, state.Requests);
        var (threads, warning) = ThreadsText.Choose(settings.Threads, options.Threads, "the run so far");
        options = options with { Threads = threads };
        options = Planned(options, requests, state);
        using var cascade = IFCascade.Open(options);
        var folder = OutputFolder.Open(Path.GetDirectoryName(Path.GetFullPath(state.Path))!);
        folder = OutputFolder.Open(Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.Path) is var near && !near.StartsWith("..", StringComparison.Ordinal) ? near : folder.Path);
        var note = RunNote.Parse(state.Note);
        var reporter = work.Reporter(folder, state, note);
        work.View.Run(() =>
        {
            if (warning is not null)
                reporter.Warn(warning);
            if (note.Candidates)
                work.MakeCandidates(cascade, requests, reporter, state);
            else
                work.Run(cascade, requests, reporter, state);
        });
        work.Report(options, requests[0].Seed, reporter);
    }

    // The plan that the run began with, so that peaks are told and memory goes back as it did; what was placed stays placed.
    private static CascadeOptions Planned(CascadeOptions options, IReadOnlyList<CascadeRequest> requests, CascadeRunFolder state)
    {
        if (state.Budget is not { } budget)
            return options;
        using var cascade = IFCascade.Open(options with { ComponentLoads = null });
        return options with { Plan = cascade.Plan(requests, budget), MeasureMemory = true };
    }
}

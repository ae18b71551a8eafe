using FloydSharp.Cascade;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary><c>--pick</c>: the later stages go on with candidates of generate, vary or inpaint.</summary>
internal static class PickedRun
{
    /// <summary>Enlarges what was picked.</summary>
    /// <param name="settings">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <returns>Whether something was picked.</returns>
    public static bool Try(PictureVerbSettings settings, CliHost host)
    {
        settings.CheckCandidates();
        if (settings.Pick is not { } numbers)
            return false;
        using var all = Candidates.Load(CandidatesText.File(settings.CandidatesFile, settings.OutFolder));
        using var chosen = all.Pick(numbers);
        var first = chosen.Pictures[0];
        var run = new PictureRun(settings, host, noPrompt: null) { Seed = first.Seed, Name = Path.GetFileNameWithoutExtension(first.Request?.Start?.Picture.Name ?? "") };
        var models = settings.Models(host);
        var options = settings.ToCascadeOptions(models, first.Profile);
        var (threads, warning) = ThreadsText.Choose(options.Threads, first.Threads, "the candidate");
        run.RunAll(options with { Threads = threads }, (_, reporter) =>
        {
            if (warning is not null)
                reporter.Warn(warning);
            return settings.ToRequests(CascadeRequest.Enlarge(chosen), models);
        });
        return true;
    }
}

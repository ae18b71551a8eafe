using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd generate</c>: a prompt becomes pictures.</summary>
internal sealed class GenerateCommand(GenerateSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new GenerateSettings();
        return settings.ToCommand(
            "generate", "Make pictures from a prompt, with stage I alone, I and II, or all three.", () => new GenerateCommand(settings, host).Run());
    }

    private void Run()
    {
        settings.CheckCandidates();
        if (settings.Pick is { } numbers)
        {
            Enlarge(numbers);
            return;
        }

        var run = new PictureRun(settings, host, "There is no prompt; give one, such as floyd generate \"a red panda\", or --embeddings FILE.")
        {
            KeepsCandidates = settings.CandidateCount is not null,
        };
        var models = settings.Models(host);
        var request = settings.ToRequest(models);
        if (settings.CandidateCount is { } count)
            request = request with { LastStage = 1, ImagesPerPrompt = count, ReseedStages = true };
        run.Run(settings.ToCascadeOptions(models), request, Sized);
    }

    private void Enlarge(IReadOnlyList<int> numbers)
    {
        using var all = Candidates.Load(CandidatesText.File(settings.CandidatesFile, settings.OutFolder));
        using var chosen = all.Pick(numbers);
        var run = new PictureRun(settings, host, noPrompt: null) { Seed = chosen.Pictures[0].Seed };
        var models = settings.Models(host);
        run.Run(settings.ToCascadeOptions(models), settings.ToRequest(CascadeRequest.Enlarge(chosen), models));
    }

    private CascadeRequest Sized(IFCascade cascade, CascadeRequest request)
    {
        if (settings.SizeOn(() => new SizeGrid(cascade.Sizes.Sample, cascade.Sizes.Multiple, cascade.Sizes.Scale)) is not { } size)
            return request;
        return request with { Stage1 = request.Stage1 with { Width = size.Width, Height = size.Height } };
    }
}

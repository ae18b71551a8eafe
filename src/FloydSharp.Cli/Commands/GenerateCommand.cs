using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

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
        if (PickedRun.Try(settings, host))
            return;
        if (settings.PromptsFile is { } file)
        {
            RunLines(file);
            return;
        }

        var run = new PictureRun(settings, host, "There is no prompt; give one, such as floyd generate \"a red panda\", or --embeddings FILE.");
        var models = settings.Models(host);
        run.Run(settings.ToCascadeOptions(models), settings.ToRequest(models), (cascade, own) => Sized(cascade, own, null));
    }

    // A bad line is told and left out; that there was one is said again at the end, by the exit code too.
    private void RunLines(string file)
    {
        if (settings.Prompts.Count > 0 || settings.EmbeddingsFile is not null || settings.SaveEmbeddingsFile is not null || settings.CandidateCount is not null)
            throw new FloydException("--prompts goes with neither a PROMPT, --candidates, --embeddings nor --save-embeddings; write all prompts into the file.");
        var run = new PictureRun(settings, host, noPrompt: null);
        var models = settings.Models(host);
        var lines = PromptLines.Read(file);
        List<int> bad = [];
        run.RunAll(settings.ToCascadeOptions(models), (cascade, reporter) =>
        {
            List<CascadeRequest> requests = [];
            foreach (var (number, line, problem) in lines)
            {
                try
                {
                    requests.Add(Request(cascade, models, line ?? throw new FloydException(problem!), run.Seed));
                }
                catch (FloydException e)
                {
                    bad.Add(number);
                    reporter.Warn($"line {number}: {e.Message}");
                }
            }

            return requests.Count > 0 ? requests : throw new FloydException($"--prompts {file}: none of {lines.Count} lines can be used.");
        });
        if (bad.Count > 0)
            throw new FloydException($"--prompts {file}: {bad.Count} of {lines.Count} lines could not be used ({(bad.Count == 1 ? "line" : "lines")} {string.Join(", ", bad)}); the pictures of the others are made.");
    }

    private CascadeRequest Request(IFCascade cascade, ChosenModels models, PromptLine line, long seed)
    {
        var request = Sized(cascade, settings.ToRequest(models, line), line) with
        {
            Seed = line.Seed is { } own ? Numbers.Long("seed", own, 0, long.MaxValue) : seed,
        };
        foreach (var one in request.PerPicture())
            cascade.Check(one);
        return request;
    }

    private CascadeRequest Sized(IFCascade cascade, CascadeRequest request, PromptLine? line)
    {
        if (settings.SizeOn(() => new SizeGrid(cascade.Sizes.Sample, cascade.Sizes.Multiple, cascade.Sizes.Scale), line) is not { } size)
            return request;
        return request with { Stage1 = request.Stage1 with { Width = size.Width, Height = size.Height } };
    }
}

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
        var run = new PictureRun(settings, host, "There is no prompt; give one, such as floyd generate \"a red panda\", or --embeddings FILE.");
        var models = settings.Models(host);
        var request = settings.ToRequest(models);
        run.Run(settings.ToCascadeOptions(models), request, Sized);
    }

    private CascadeRequest Sized(IFCascade cascade, CascadeRequest request)
    {
        if (settings.SizeOn(() => new SizeGrid(cascade.Sizes.Sample, cascade.Sizes.Multiple, cascade.Sizes.Scale)) is not { } size)
            return request;
        return request with { Stage1 = request.Stage1 with { Width = size.Width, Height = size.Height } };
    }
}

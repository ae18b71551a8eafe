using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd vary</c>: a picture and a prompt become variations of the picture.</summary>
internal sealed class VaryCommand(VarySettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new VarySettings();
        return settings.ToCommand("vary", "Make variations of a picture towards a prompt, through all stages.", () => new VaryCommand(settings, host).Run());
    }

    private void Run()
    {
        var (image, start) = (settings.Image, settings.Strengths);
        var run = new PictureRun(settings, host, "There is no prompt; say what the picture should become, such as floyd vary photo.jpg \"anime style\".");
        var own = CascadeRequest.Vary(InputPicture.Load(image), settings.Prompts);
        var variation = (CascadeStart.Variation)own.Start!;
        own = own with
        {
            Start = variation with { Stage1Strength = start.Stage1 ?? variation.Stage1Strength, Stage2Strength = start.Stage2 ?? variation.Stage2Strength },
        };
        var models = settings.Models(host);
        var request = settings.ToRequest(own, models);
        run.Run(settings.ToCascadeOptions(models), request);
    }
}

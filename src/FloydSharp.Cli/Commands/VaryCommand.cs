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
        if (PickedRun.Try(settings, host))
            return;
        var (image, start) = (settings.Image, settings.Strengths);
        var run = new PictureRun(settings, host, "There is no prompt; say what the picture should become, such as floyd vary photo.jpg \"anime style\".");
        var own = CascadeRequest.Vary(InputPicture.Load(image), settings.Prompts);
        own = own with
        {
            Start = (CascadeStart.Variation)own.Start! with
            {
                Name = Path.GetFileName(image),
                Fit = settings.Fit,
                Scale = settings.Scale,
                Background = settings.Background,
                KeepAlpha = settings.KeepAlpha,
            },
        };
        var models = settings.Models(host);
        var request = StrengthText.Apply(settings.ToRequest(own, models), start);
        run.Run(settings.ToCascadeOptions(models), request);
    }
}

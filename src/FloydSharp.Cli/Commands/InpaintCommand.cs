using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd inpaint</c>: what a mask marks is repainted.</summary>
internal sealed class InpaintCommand(InpaintSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new InpaintSettings();
        return settings.ToCommand("inpaint", "Repaint a part of a picture as a prompt says, through all stages.", () => new InpaintCommand(settings, host).Run());
    }

    private void Run()
    {
        if (PickedRun.Try(settings, host))
            return;
        var (image, start, mask) = (settings.Image, settings.Strengths, settings.Mask);
        var run = new PictureRun(settings, host, "There is no prompt; say what the picture should show, such as floyd inpaint photo.jpg \"a man with a red hat\" --box 40,20,200,100.");
        if (mask is null && settings.Boxes.Count == 0)
            throw new FloydException("--mask or --box is missing: say what is to be repainted, by a picture that is white there, by alpha, or by x,y,width,height.");
        if (mask is not null && settings.Boxes.Count > 0)
            throw new FloydException("--mask and --box exclude each other; give one of them.");
        var picture = InputPicture.Load(image);
        var marked = mask switch
        {
            null => InputPicture.BoxMask(settings.Boxes, picture),
            InputPicture.Alpha => InputPicture.AlphaMask(image, picture),
            _ => InputPicture.LoadMask(mask),
        };
        var own = CascadeRequest.Inpaint(picture, marked, settings.Prompts);
        own = own with
        {
            Start = (CascadeStart.Inpainting)own.Start! with
            {
                Name = Path.GetFileName(image),
                MaskName = mask is null ? InputPicture.BoxesName(settings.Boxes) : Path.GetFileName(mask),
                Fit = settings.Fit,
                Feather = settings.Feather,
                OnlyMasked = settings.OnlyMasked,
                Margin = settings.Margin,
                Background = settings.Background,
            },
        };
        var models = settings.Models(host);
        var request = StrengthText.Apply(settings.ToRequest(own, models), start);
        run.Run(settings.ToCascadeOptions(models), request);
    }
}

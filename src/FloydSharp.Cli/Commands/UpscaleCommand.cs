using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary><c>floyd upscale</c>: a picture becomes a larger one.</summary>
internal sealed class UpscaleCommand(UpscaleSettings settings, CliHost host)
{
    /// <summary>Declares the verb.</summary>
    public static Command Create(CliHost host)
    {
        var settings = new UpscaleSettings();
        return settings.ToCommand("upscale", "Enlarge a picture 2, 4 or 16 times by stage II, III or both.", () => new UpscaleCommand(settings, host).Run());
    }

    private void Run()
    {
        var image = settings.Image;
        var run = new PictureRun(settings, host, noPrompt: null) { Name = Path.GetFileNameWithoutExtension(image) };
        var (scale, tile) = (settings.Scale, settings.TileSide);
        var picture = InputPicture.Load(image);
        var models = settings.Models(host);
        var (first, last) = StagesFor(scale, Math.Min(picture.Width, picture.Height), models);
        var own = CascadeRequest.Upscale(picture, first, settings.Prompts);
        own = own with
        {
            Start = (CascadeStart.Enlargement)own.Start! with
            {
                Name = Path.GetFileName(image),
                Scale = scale,
                TileSide = tile,
                Background = settings.Background,
                KeepAlpha = settings.KeepAlpha,
            },
        };
        // Embeddings carry their prompts; the empty one must not take their place.
        var request = settings.ToRequest(settings.EmbeddingsFile is null ? own : own with { Prompts = settings.Prompts }, models);
        run.Run(settings.ToCascadeOptions(models) with { Stage3 = last == 3 ? models.Options.Stage3 : null }, request);
    }

    // Stage II is made for pictures of 64 pixels, stage III for those of 256.
    private static (int First, int Last) StagesFor(int scale, int side, ChosenModels models)
    {
        const int small = 96;
        var (two, three) = (models.Options.Stage2 is not null, models.Options.Stage3 is not null);
        if (scale == 16)
            return two && three ? (2, 3) : throw new FloydException("--scale 16 takes stages II and III; give checkpoints of both, or --scale 4.");
        if (!two && !three)
            throw new FloydException("There is neither stage II nor III to enlarge with; give a checkpoint of one, such as --stage3 x4-upscaler.");
        return two && (side <= small || !three) ? (2, 2) : (3, 3);
    }
}

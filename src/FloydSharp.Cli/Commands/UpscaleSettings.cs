using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd upscale</c> can be told.</summary>
internal sealed class UpscaleSettings : PictureVerbSettings
{
    private readonly Argument<string?> _image;
    private readonly Option<string?> _scale;

    public UpscaleSettings()
    {
        _image = Argument("IMAGE", "The picture to enlarge: PNG, JPEG or WebP. A few pixels at its edges are cut off where its size does not fit.");
        DeclarePrompts("What the picture shows (default: the empty prompt).");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _scale = Value("--scale", "N", "4 or 16 (default: 4). 16 takes stages II and III; 4 takes stage III, or stage II where the shorter side has at most 96 pixels or there is no stage III.");
        DeclareSampling("-,50,75", "-,4,9", "250,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("four times larger", "floyd upscale small.png \"a red boat at sea\""),
        ("by the x4 upscaler alone, closer to the picture", "floyd upscale photo.jpg --stage3 x4-upscaler --noise-level -,5"),
        ("sixteen times", "floyd upscale icon.png \"a red panda\" --scale 16 --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <inheritdoc/>
    protected override bool NeedsStage1 => false;

    /// <summary>The picture's file.</summary>
    public string Image => Get(_image) ?? throw new FloydException("IMAGE is missing: give a PNG, JPEG or WebP file.");

    /// <summary>How many times larger: 4 or 16.</summary>
    public int Scale => Get(_scale) switch
    {
        null or "4" => 4,
        "16" => 16,
        var text => throw new FloydException($"--scale {text}: expected 4 or 16."),
    };

    /// <summary>What to make, except for the seed.</summary>
    /// <param name="own">The verb's request.</param>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(CascadeRequest own, ChosenModels models) => Sample(own, models);
}

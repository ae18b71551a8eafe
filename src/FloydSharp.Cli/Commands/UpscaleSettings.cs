using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd upscale</c> can be told.</summary>
internal sealed class UpscaleSettings : StartVerbSettings
{
    private const int MaxTile = 2048;

    private readonly Option<string?> _scale, _tile;

    public UpscaleSettings()
    {
        DeclareImage("enlarge");
        DeclarePrompts("What the picture shows (default: the empty prompt).");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _scale = Value("--scale", "N", "2, 4 or 16 (default: 4); the result is exactly so many times larger. 16 takes stages II and III; 2 and 4 take stage III, or stage II where the shorter side has at most 96 pixels or there is no stage III.");
        _tile = Value("--tile", "PIXELS", "Enlarge large pictures in overlapping tiles of this side, in pixels before a stage enlarges them; off enlarges whole pictures (default: 64 for stage II, 256 for stage III, for pictures half as large again).");
        DeclareTransparency(canKeep: true);
        DeclareSampling("-,50,75", "-,4,9", "250,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("four times larger", "floyd upscale small.png \"a red boat at sea\""),
        ("by the x4 upscaler alone, closer to the picture", "floyd upscale photo.jpg --stage3 x4-upscaler --noise-level -,5"),
        ("a scan twice as large, in smaller tiles that need less memory", "floyd upscale scan.png --scale 2 --tile 128"),
        ("sixteen times", "floyd upscale icon.png \"a red panda\" --scale 16 --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <inheritdoc/>
    protected override bool NeedsStage1 => false;

    /// <summary>How many times larger: 2, 4 or 16.</summary>
    public int Scale => Get(_scale) switch
    {
        null or "4" => 4,
        "2" => 2,
        "16" => 16,
        var text => throw new FloydException($"--scale {text}: expected 2, 4 or 16."),
    };

    /// <summary>The side of tiles; 0 for none, null for the stages' own.</summary>
    public int? TileSide => Get(_tile) switch
    {
        null => null,
        "off" => 0,
        var text => Numbers.Whole("--tile", text, 16, MaxTile),
    };
}

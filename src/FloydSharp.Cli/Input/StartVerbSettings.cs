using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.IO;
using FloydSharp.IO.Imaging;

namespace FloydSharp.Cli.Input;

/// <summary>Verbs that start from a picture: what vary, inpaint and upscale can be told about it alike.</summary>
internal abstract class StartVerbSettings : PictureVerbSettings
{
    private Argument<string?> _image = null!;
    private Option<string?> _fit = null!, _background = null!;
    private Option<bool> _opaque = null!;

    /// <summary>The picture's file.</summary>
    public string Image => Get(_image) ?? throw new FloydException("IMAGE is missing: give a PNG, JPEG or WebP file.");

    /// <summary>How the picture comes to a shape that the stages can do.</summary>
    public PictureFitMode Fit => Get(_fit) switch
    {
        null or "fit" => PictureFitMode.Fit,
        "crop" => PictureFitMode.Crop,
        "pad" => PictureFitMode.Pad,
        var text => throw new FloydException($"--fit {text}: expected fit, crop or pad."),
    };

    /// <summary>What is seen through transparent parts.</summary>
    public RgbColour Background => Get(_background) is not { } text ? RgbColour.White
        : RgbColour.Parse(text) ?? throw new FloydException($"--background {text}: expected white, grey, black or #RRGGBB.");

    /// <summary>Whether transparent parts stay transparent.</summary>
    public bool KeepAlpha => !Get(_opaque);

    /// <summary>What to make, except for the seed.</summary>
    /// <param name="own">The verb's request.</param>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(CascadeRequest own, ChosenModels models) => Sample(own, models);

    /// <inheritdoc/>
    protected override bool NeedsStage1 => Pick is null;

    /// <inheritdoc/>
    protected override IEnumerable<Option> DecidedByCandidates => [.. base.DecidedByCandidates, .. new Option?[] { _fit, _background, _opaque }.OfType<Option>()];

    /// <inheritdoc/>
    protected override IEnumerable<string> ArgumentsGiven => Get(_image) is null ? base.ArgumentsGiven : ["IMAGE", .. base.ArgumentsGiven];

    /// <summary>Declares the picture.</summary>
    protected void DeclareImage(string purpose) => _image = Argument("IMAGE", $"The picture to {purpose}: PNG, JPEG or WebP, any size.");

    /// <summary>Declares how shapes are fitted.</summary>
    protected void DeclareFit() => _fit = Value(
        "--fit", "MODE", "How IMAGE comes to a shape that the stages can do: fit, the whole picture, stretched a little and stretched back at the end; crop, edges cut off; pad, mirrored edges added and cut off at the end (default: fit).");

    /// <summary>Declares what becomes of transparency.</summary>
    protected void DeclareTransparency(bool canKeep)
    {
        _background = Value("--background", "COLOUR", "What the stages see where IMAGE is transparent: white, grey, black or #RRGGBB (default: white).");
        if (canKeep)
            _opaque = Flag("--opaque", "Show the background where IMAGE is transparent, instead of keeping it transparent.");
    }
}

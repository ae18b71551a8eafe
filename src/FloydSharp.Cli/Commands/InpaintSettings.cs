using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd inpaint</c> can be told.</summary>
internal sealed class InpaintSettings : PictureVerbSettings
{
    private readonly Argument<string?> _image;
    private readonly Option<string?> _mask, _strength;
    private readonly Option<string[]> _boxes;

    public InpaintSettings()
    {
        _image = Argument("IMAGE", "The picture to repaint: PNG, JPEG or WebP, any size. Edges that the stages' shapes leave no room for are cut off.");
        DeclarePrompts("What the picture should show.");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _mask = Value("--mask", "FILE", "A picture of IMAGE's shape: white is repainted, black stays.");
        _boxes = Values("--box", "X,Y,W,H", "Repaint a box of IMAGE instead, in its pixels from the upper left corner; may be given several times.");
        _strength = Value("--strength", "I[,II]", "How much stages I and II may change under the mask, above 0 to 1 (default: 1,0.8).");
        DeclareSampling("50,100,75", "7,4,9", "0,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("another text on a sign", "floyd inpaint sign.png \"a sign that says \\\"HELLO\\\"\" --mask mask.png"),
        ("a box instead of a mask", "floyd inpaint photo.jpg \"a man with a red hat\" --box 40,20,200,100"),
        ("with DeepFloyd IF", "floyd inpaint photo.jpg \"a man with a red hat\" --mask mask.png --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <summary>The picture's file.</summary>
    public string Image => Get(_image) ?? throw new FloydException("IMAGE is missing: give a PNG, JPEG or WebP file.");

    /// <summary>The mask's file, or null.</summary>
    public string? Mask => Get(_mask);

    /// <summary>Boxes instead of a mask.</summary>
    public IReadOnlyList<string> Boxes => Get(_boxes);

    /// <summary>How much may change; null keeps a stage's default.</summary>
    public (double? Stage1, double? Stage2) Strengths => StrengthText.Parse(Get(_strength));

    /// <summary>What to make, except for the seed.</summary>
    /// <param name="own">The verb's request.</param>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(CascadeRequest own, ChosenModels models) => Sample(own, models);
}

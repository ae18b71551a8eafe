using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd vary</c> can be told.</summary>
internal sealed class VarySettings : PictureVerbSettings
{
    private readonly Argument<string?> _image;
    private readonly Option<string?> _strength;

    public VarySettings()
    {
        _image = Argument("IMAGE", "The picture to vary: PNG, JPEG or WebP, any size. Edges that the stages' shapes leave no room for are cut off.");
        DeclarePrompts("What it should become (default: --style).");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _strength = Value("--strength", "I[,II]", "How much stages I and II may change, above 0 to 1 (default: 0.7,0.8).");
        DeclareSampling("80,50,75", "10,4,9", "250,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("a photo in another style", "floyd vary photo.jpg \"anime style\""),
        ("style transfer as the original does it: the style is the prompt", "floyd vary photo.jpg --style \"in the style of lego\" --profile deepfloyd"),
        ("closer to the photo, four of them", "floyd vary photo.jpg \"anime style\" --strength 0.5,0.6 --count 4"),
        ("with DeepFloyd IF", "floyd vary photo.jpg \"anime style\" --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <summary>The picture's file.</summary>
    public string Image => Get(_image) ?? throw new FloydException("IMAGE is missing: give a PNG, JPEG or WebP file.");

    /// <inheritdoc/>
    protected override bool StyleIsPrompt => true;

    /// <summary>How much may change; null keeps a stage's default.</summary>
    public (double? Stage1, double? Stage2) Strengths => StrengthText.Parse(Get(_strength));

    /// <summary>What to make, except for the seed.</summary>
    /// <param name="own">The verb's request.</param>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(CascadeRequest own, ChosenModels models) => Sample(own, models);
}

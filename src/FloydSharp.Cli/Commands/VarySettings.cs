using System.CommandLine;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd vary</c> can be told.</summary>
internal sealed class VarySettings : StartVerbSettings
{
    private readonly Option<string?> _strength, _scale;

    public VarySettings()
    {
        DeclareImage("vary");
        DeclarePrompts("What it should become (default: --style).");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        DeclareCandidates();
        _strength = Value("--strength", "I[,II]", "How much stages I and II may change, above 0 to 1 (default: 0.7,0.8).");
        DeclareFit();
        _scale = Value("--scale", "N", "Size of the last picture as a factor of IMAGE's, such as 1 or 0.5 (default: as large as the last stage makes it, in IMAGE's exact shape).");
        DeclareTransparency(canKeep: true);
        DeclareSampling("80,50,75", "10,4,9", "250,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("a photo in another style", "floyd vary photo.jpg \"anime style\""),
        ("style transfer as the original does it: the style is the prompt", "floyd vary photo.jpg --style \"in the style of lego\" --profile deepfloyd"),
        ("closer to the photo, four of them", "floyd vary photo.jpg \"anime style\" --strength 0.5,0.6 --count 4"),
        ("nine small ones first, then two of them large", "floyd vary photo.jpg \"anime style\" --candidates 9"),
        ("", "floyd vary --pick 2,5"),
        ("in the size of the photo, its edges cut off rather than stretched", "floyd vary photo.jpg \"anime style\" --scale 1 --fit crop"),
        ("with DeepFloyd IF", "floyd vary photo.jpg \"anime style\" --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <inheritdoc/>
    protected override bool StyleIsPrompt => true;

    /// <inheritdoc/>
    protected override IEnumerable<Option> DecidedByCandidates => [.. base.DecidedByCandidates, _strength, _scale];

    /// <summary>How much may change; null keeps a stage's default.</summary>
    public (double? Stage1, double? Stage2) Strengths => StrengthText.Parse(Get(_strength));

    /// <summary>The last picture's size as a factor of the given one's; null for the last stage's.</summary>
    public double? Scale => Get(_scale) is { } text ? Numbers.Real("--scale", text) : null;
}

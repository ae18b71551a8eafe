using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd inpaint</c> can be told.</summary>
internal sealed class InpaintSettings : StartVerbSettings
{
    private const int MaxPixels = 1 << 20;

    private readonly Option<string?> _mask, _strength, _feather, _margin;
    private readonly Option<bool> _onlyMasked;
    private readonly Option<string[]> _boxes;

    public InpaintSettings()
    {
        DeclareImage("repaint");
        DeclarePrompts("What the picture should show.");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        DeclareCandidates();
        _mask = Value("--mask", "FILE", "A picture of IMAGE's shape: white is repainted, black stays, exactly as it is. Or alpha: what is transparent in IMAGE is repainted.");
        _boxes = Values("--box", "X,Y,W,H", "Repaint a box of IMAGE instead, in its pixels from the upper left corner; may be given several times.");
        _strength = Value("--strength", "I[,II]", "How much stages I and II may change under the mask, above 0 to 1 (default: 1,0.8).");
        _feather = Value("--feather", "PIXELS", "Width of the edge inside the mask where IMAGE fades into what was painted, in IMAGE's pixels (default: one pixel of stage I's picture, less where the mask is narrow).");
        _onlyMasked = Flag("--only-masked", "Show the stages only the surroundings of what is repainted, at a higher resolution, instead of all of IMAGE.");
        _margin = Value("--margin", "PIXELS", "With --only-masked: how much of the surroundings, in IMAGE's pixels (default: a quarter of what is repainted, at least 16).");
        DeclareFit();
        DeclareTransparency(canKeep: false);
        DeclareSampling("50,100,75", "7,4,9", "0,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("another text on a sign", "floyd inpaint sign.png \"a sign that says \\\"HELLO\\\"\" --mask mask.png"),
        ("a box instead of a mask", "floyd inpaint photo.jpg \"a man with a red hat\" --box 40,20,200,100"),
        ("nine small ones first, then two of them as they come out at the end", "floyd inpaint photo.jpg \"a man with a red hat\" --box 40,20,200,100 --candidates 9"),
        ("", "floyd inpaint --pick 2,5"),
        ("a small detail of a large photo", "floyd inpaint photo.jpg \"a blue butterfly\" --box 1510,820,160,140 --only-masked"),
        ("with DeepFloyd IF", "floyd inpaint photo.jpg \"a man with a red hat\" --mask mask.png --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<Option> DecidedByCandidates => [.. base.DecidedByCandidates, _mask, _boxes, _strength, _feather, _onlyMasked, _margin];

    /// <summary>The mask's file, or null.</summary>
    public string? Mask => Get(_mask);

    /// <summary>Boxes instead of a mask.</summary>
    public IReadOnlyList<string> Boxes => Get(_boxes);

    /// <summary>How much may change; null keeps a stage's default.</summary>
    public (double? Stage1, double? Stage2) Strengths => StrengthText.Parse(Get(_strength));

    /// <summary>Width of the feathered edge; null for the default.</summary>
    public int? Feather => Get(_feather) is { } text ? Numbers.Whole("--feather", text, 0, 4096) : null;

    /// <summary>Whether the stages see only the surroundings of the mask.</summary>
    public bool OnlyMasked => Get(_onlyMasked);

    /// <summary>How much of the surroundings; null for the default.</summary>
    public int? Margin => Get(_margin) is not { } text ? null
        : OnlyMasked ? Numbers.Whole("--margin", text, 0, MaxPixels) : throw new FloydException("--margin says what --only-masked shows; give both, or neither.");
}

using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd generate</c> can be told.</summary>
internal sealed class GenerateSettings : PictureVerbSettings
{
    private readonly Option<string?> _size, _aspect, _prompts;

    public GenerateSettings()
    {
        DeclarePrompts("What to make.");

        DeclareModels();
        DeclareText();
        _prompts = Value("--prompts", "FILE", "Many prompts at once, one a line; each model is loaded once for all. A line that begins with { is JSON with prompt and, where they differ, negative, style, seed, count, size, aspect, steps, guidance, scheduler, timesteps, noise_level. Empty lines and those that begin with # are left out.");
        DeclarePictures();
        _size = Value("--size", "WxH", "Size of the last stage's picture, such as 1024x768 (default: as the checkpoints were trained).");
        _aspect = Value("--aspect", "W:H", "Shape of the picture, such as 3:2, with about the usual number of pixels.");
        DeclareCandidates();
        DeclareSampling("100,50,75", "7,4,9", "250,20");
        DeclareMachineAndOutput();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("the small models that come with floyd", "floyd generate \"a red boat at sea\""),
        ("all three stages of DeepFloyd IF", "floyd generate \"a photo of an astronaut riding a horse\" --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler"),
        ("four wide pictures of one stage with a fast schedule", "floyd generate \"a red panda\" --stage1 IF-I-M --count 4 --aspect 3:2 --timesteps fast27"),
        ("steps, guidance and scheduler per stage, on the second GPU", "floyd generate \"a red panda\" --stage1 IF-I-XL --stage2 IF-II-L --steps 50,30 --guidance 7,4 --scheduler dpm++,- --device cuda:1"),
        ("nine small pictures first, then two of them large", "floyd generate \"a red panda\" --candidates 9"),
        ("", "floyd generate --pick 2,5"),
        ("with a style, as the original code base does it", "floyd generate \"a red panda\" --style \"in the style of an oil painting\" --profile deepfloyd --stage1 IF-I-XL"),
        ("a file of prompts; with one seed each picture is the one that its prompt gives alone", "floyd generate --prompts prompts.txt --seed 7"),
        ("encode once, generate many times without the text encoder", "floyd encode \"a red panda\" --stage1 IF-I-XL --out panda.safetensors"),
        ("", "floyd generate --embeddings panda.safetensors --stage1 IF-I-XL --seed 7 --json"),
    ];

    /// <inheritdoc/>
    protected override bool NeedsStage1 => Pick is null;

    /// <inheritdoc/>
    protected override IEnumerable<Option> DecidedByCandidates => [.. base.DecidedByCandidates, _prompts, _size, _aspect];

    /// <summary>What to make, except for seed, size and embeddings.</summary>
    /// <param name="models">The stages with their settings.</param>
    /// <param name="line">A line of <see cref="PromptsFile"/>; null takes the command line's prompts.</param>
    public CascadeRequest ToRequest(ChosenModels models, PromptLine? line = null) =>
        Sample(new() { Prompts = line is null ? Prompts : [line.Prompt] }, models, line);

    /// <summary>A file of prompts, or null.</summary>
    public string? PromptsFile => Get(_prompts);

    /// <summary>Stage I's size; null where neither size nor shape was asked for.</summary>
    /// <param name="grid">The sizes that the stages can make.</param>
    /// <param name="line">Whose size or shape counts before the command line's.</param>
    public (int Width, int Height)? SizeOn(Func<SizeGrid> grid, PromptLine? line = null) => (line is { Size: null, Aspect: null } or null ? (Get(_size), Get(_aspect)) : (line.Size, line.Aspect)) switch
    {
        (null, null) => null,
        ({ } size, null) => grid().FromSize(size),
        (null, { } aspect) => grid().FromAspect(aspect),
        _ => throw new FloydException("--size and --aspect exclude each other; give one of them."),
    };
}

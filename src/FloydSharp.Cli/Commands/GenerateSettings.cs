using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd generate</c> can be told.</summary>
internal sealed class GenerateSettings : PictureVerbSettings
{
    private const int MaxCandidates = 1000;

    private readonly Option<string?> _size, _aspect, _candidates, _pick, _candidatesFile, _prompts;

    public GenerateSettings()
    {
        DeclarePrompts("What to make.");

        DeclareModels();
        DeclareText();
        _prompts = Value("--prompts", "FILE", "Many prompts at once, one a line; each model is loaded once for all. A line that begins with { is JSON with prompt and, where they differ, negative, style, seed, count, size, aspect, steps, guidance, scheduler, timesteps, noise_level. Empty lines and those that begin with # are left out.");
        DeclarePictures();
        _size = Value("--size", "WxH", "Size of the last stage's picture, such as 1024x768 (default: as the checkpoints were trained).");
        _aspect = Value("--aspect", "W:H", "Shape of the picture, such as 3:2, with about the usual number of pixels.");
        _candidates = Value("--candidates", "N", "Make N pictures per prompt with stage I alone, a contact sheet with their numbers, and a file to enlarge some of them from later.");
        _pick = Value("--pick", "N[,N..]", "Enlarge these candidates by the later stages; stage I and the text encoder are not run again.");
        _candidatesFile = Value("--candidates-file", "FILE", "Which candidates --pick means (default: the newest of --out).");
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

    /// <summary>How many candidates to make; null for finished pictures.</summary>
    public int? CandidateCount => Get(_candidates) is { } text ? Numbers.Whole("--candidates", text, 1, MaxCandidates) : null;

    /// <summary>Which candidates to enlarge; null to make new pictures.</summary>
    public IReadOnlyList<int>? Pick => Get(_pick) is { } text ? CandidatesText.Numbers(text) : null;

    /// <summary>The file of candidates; null for the newest.</summary>
    public string? CandidatesFile => Get(_candidatesFile);

    /// <inheritdoc/>
    protected override bool NeedsStage1 => Get(_pick) is null;

    /// <summary>Checks what goes with candidates.</summary>
    /// <exception cref="FloydException">Options exclude each other.</exception>
    public void CheckCandidates()
    {
        if (Get(_candidates) is not null && Get(_pick) is not null)
            throw new FloydException("--candidates and --pick exclude each other: make candidates first, look at them, then pick.");
        if (Get(_candidatesFile) is not null && Get(_pick) is null)
            throw new FloydException("--candidates-file goes with --pick; say which candidates to enlarge, such as --pick 2,5.");
        if (Get(_candidates) is not null && CountIsGiven)
            throw new FloydException("--candidates and --count exclude each other: both say how many pictures to make.");
        if (Get(_pick) is not null && Get(_prompts) is not null)
            throw new FloydException("--pick and --prompts exclude each other: candidates have their prompts already.");
        if (Get(_pick) is null)
            return;
        var fixedAlready = Prompts.Count > 0 || NegativePrompts.Count > 0 || Styles.Count > 0 || EmbeddingsFile is not null || SaveEmbeddingsFile is not null
            || Seed is not null || CountIsGiven || Get(_size) is not null || Get(_aspect) is not null;
        if (fixedAlready)
            throw new FloydException("--pick takes prompt, style, seed, number and size from the candidates; leave PROMPT, --negative, --style, --embeddings, --save-embeddings, --seed, --count, --size and --aspect out.");
    }

    /// <summary>What to make of candidates that were picked.</summary>
    /// <param name="own">The request for them.</param>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(CascadeRequest own, ChosenModels models) => Sample(own, models);

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

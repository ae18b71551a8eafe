using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd generate</c> can be told.</summary>
internal sealed class GenerateSettings : PictureVerbSettings
{
    private readonly Option<string?> _size, _aspect;

    public GenerateSettings()
    {
        DeclarePrompts("What to make.");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _size = Value("--size", "WxH", "Size of the last stage's picture, such as 1024x768 (default: as the checkpoints were trained).");
        _aspect = Value("--aspect", "W:H", "Shape of the picture, such as 3:2, with about the usual number of pixels.");
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
        ("encode once, generate many times without the text encoder", "floyd encode \"a red panda\" --stage1 IF-I-XL --out panda.safetensors"),
        ("", "floyd generate --embeddings panda.safetensors --stage1 IF-I-XL --seed 7 --json"),
    ];

    /// <summary>What to make, except for seed, size and embeddings.</summary>
    /// <param name="models">The stages with their settings.</param>
    public CascadeRequest ToRequest(ChosenModels models) => Sample(new() { Prompts = Prompts }, models);

    /// <summary>Stage I's size; null where neither size nor shape was asked for.</summary>
    public (int Width, int Height)? SizeOn(Func<SizeGrid> grid) => (Get(_size), Get(_aspect)) switch
    {
        (null, null) => null,
        ({ } size, null) => grid().FromSize(size),
        (null, { } aspect) => grid().FromAspect(aspect),
        _ => throw new FloydException("--size and --aspect exclude each other; give one of them."),
    };
}

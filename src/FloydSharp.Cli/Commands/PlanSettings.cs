using System.CommandLine;
using FloydSharp.Cascade;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd plan</c> can be told: what <c>floyd generate</c> can, as far as memory depends on it.</summary>
internal sealed class PlanSettings : PictureVerbSettings
{
    private readonly Option<string?> _size, _aspect;

    public PlanSettings()
    {
        DeclarePrompts("What will be made; not needed.");

        DeclareModels();
        DeclareText();
        DeclarePictures();
        _size = Value("--size", "WxH", "Size of the last stage's picture, such as 1024x768 (default: as the checkpoints were trained).");
        _aspect = Value("--aspect", "W:H", "Shape of the picture, such as 3:2, with about the usual number of pixels.");
        DeclareSampling("100,50,75", "7,4,9", "250,20");
        DeclareMachine();
        DeclareJson("Print one JSON object.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("where the models go on a GPU of 16 GB, which need not be there", "floyd plan --stage1 IF-I-XL --stage2 IF-II-L --stage3 x4-upscaler --ram 13GiB --vram 15GiB"),
        ("on this machine's CPU, four pictures at once", "floyd plan --stage1 IF-I-M --stage2 IF-II-M --count 4 --shared-noise --device cpu"),
    ];

    /// <summary>The request; without a prompt, one stands for it.</summary>
    public CascadeRequest ToRequest(ChosenModels models) => Sample(new() { Prompts = Prompts.Count > 0 ? Prompts : ["a picture"] }, models);

    /// <summary>Stage I's size; null where neither size nor shape was asked for.</summary>
    public (int Width, int Height)? SizeOn(Func<SizeGrid> grid) => (Get(_size), Get(_aspect)) switch
    {
        (null, null) => null,
        ({ } size, null) => grid().FromSize(size),
        (null, { } aspect) => grid().FromAspect(aspect),
        _ => throw new IO.FloydException("--size and --aspect exclude each other; give one of them."),
    };

    // With a size of its memory, the GPU need not be in this machine.
    protected override TorchSharp.torch.Device Device(string text, bool vramGiven) =>
        vramGiven && (text == "auto" || text.StartsWith("cuda", StringComparison.OrdinalIgnoreCase))
            ? new(TorchSharp.DeviceType.CUDA, 0)
            : base.Device(text, vramGiven);
}

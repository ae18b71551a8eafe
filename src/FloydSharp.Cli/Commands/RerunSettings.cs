using System.CommandLine;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd rerun</c> can be told.</summary>
internal sealed class RerunSettings : CascadeVerbSettings
{
    private readonly Argument<string?> _picture;
    private readonly Option<string?> _image, _mask, _embeddings, _device, _threads, _out, _keepState;
    private readonly Option<bool> _force, _manifest, _json, _quiet;

    public RerunSettings()
    {
        _picture = Argument("PICTURE", "A PNG that floyd made, with its text.");
        DeclareModels();
        Section("What went in (default: files of the recorded names, beside PICTURE or in the current folder)");
        _image = Value("--image", "FILE", "The picture that was varied, repainted or enlarged.");
        _mask = Value("--mask", "FILE", "The mask; boxes are remembered.");
        _embeddings = Value("--embeddings", "FILE", "The embeddings, where the run was given some.");
        Section("Machine");
        _device = Value("--device", "NAME", "cpu, cuda, cuda:1 or auto (default: the kind that made PICTURE; another one makes nearly the same picture).");
        _threads = Value("--threads", "N", "Threads of the CPU (default: as many as made PICTURE; other numbers sum in another order).");
        _force = Flag("--force", "Go on where checkpoints differ from those that made PICTURE.");
        Section("Output");
        _out = Value("--out", "FOLDER", "Where the PNG files go, one per stage and picture; nothing is overwritten (default: floyd-out).");
        _manifest = Flag("--manifest", "Also write what each picture says about itself beside it, as JSON.");
        _keepState = Value("--keep-state", "WHEN", "For floyd resume: auto (every 2 s from 10 s on), always (each step) or off (default: auto).");
        _json = Flag("--json", "Print one JSON object at the end instead of the paths.");
        _quiet = Flag("--quiet", "No progress on stderr; warnings stay.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("make a picture again, to the byte", "floyd rerun floyd-out/a-red-boat-at-sea_s7_p00_2-256x256.png"),
        ("of checkpoints that do not come with floyd", "floyd rerun astronaut.png --stage1 IF-I-XL --stage2 IF-II-L"),
        ("a variation whose photo has moved", "floyd rerun varied.png --image photos/photo.jpg"),
    ];

    /// <inheritdoc/>
    protected override bool NeedsStage1 => false;

    public string Picture => Get(_picture) ?? throw new FloydException("PICTURE is missing: give a PNG that floyd made.");

    public string? Image => Get(_image);

    public string? Mask => Get(_mask);

    public string? EmbeddingsFile => Get(_embeddings);

    public string? Device => Get(_device);

    public int? Threads => ThreadsText.Parse(Get(_threads));

    public bool Force => Get(_force);

    public string OutFolder => Get(_out) ?? "floyd-out";

    public bool Manifest => Get(_manifest);

    public RunSaving? Saving => KeepStateText.Parse(Get(_keepState));

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);
}

using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.Quantization;
using FloydSharp.Weights;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd quantize</c> can be told.</summary>
internal sealed class QuantizeSettings : VerbSettings
{
    private readonly Argument<string?> _folder;
    private readonly Option<string?> _components, _variant, _wo, _out;
    private readonly Option<bool> _convs, _json, _quiet;

    public QuantizeSettings()
    {
        _folder = Argument("DIR", "A checkpoint, or one of its components.");
        Section("What");
        _components = Value("--components", "NAME[,NAME]", "Which components of a checkpoint (default: text_encoder and unet).");
        _convs = Flag("--convs", "Convolutions too, which are most of a UNet.");
        _wo = Value("--wo", "DTYPE", "How T5's wo, which is never int8, is written: f32, or bf16 for half the size (default: f32).");
        _variant = Value("--variant", "NAME", "Which weight files are read (default: fp16 where there are some, else the plain ones).");
        Section("Output");
        _out = Value("--out", "DIR", "A new folder for the whole checkpoint, other components copied; or DIR itself, for 8bit files beside the others. Required.");
        _json = Flag("--json", "Print one JSON list at the end.");
        _quiet = Flag("--quiet", "No progress on stderr.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("8-bit files beside the others, then T5 from them", "floyd quantize IF-I-XL --components text_encoder --out IF-I-XL"),
        ("a checkpoint that is as small as it gets", "floyd quantize IF-I-XL --convs --wo bf16 --out IF-I-XL-8bit"),
    ];

    public string Folder => Get(_folder) ?? throw new FloydException("DIR is missing: give a checkpoint's folder, or a component's.");

    public string OutFolder => Get(_out) ?? throw new FloydException("--out is missing: name a new folder, or the checkpoint's own for files beside the others.");

    /// <summary>The components that were asked for; null for the usual ones.</summary>
    public IReadOnlyList<string>? Components =>
        Get(_components)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);

    public QuantizeOptions ToOptions() => new()
    {
        Quantization = Get(_convs) ? WeightQuantization.LinearsAndConvolutions : WeightQuantization.Linears,
        WideDType = TensorDTypes.Parse(Get(_wo) ?? "f32"),
        Variant = Get(_variant),
    };
}

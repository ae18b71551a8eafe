using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd inspect</c> can be told.</summary>
internal sealed class InspectSettings : VerbSettings
{
    private readonly Argument<string?> _path;
    private readonly Option<bool> _all, _json;

    public InspectSettings()
    {
        _path = Argument("PATH", "A checkpoint folder, a component's folder, a safetensors file or index, or a PNG picture.");
        Section("Output");
        _all = Flag("--all", "List all tensors of a file instead of the first 20.");
        _json = Flag("--json", "Print one JSON object.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("what a checkpoint contains, and whether its weights fit", "floyd inspect IF-I-XL"),
        ("how a picture was made", "floyd inspect floyd-out/red-panda_s42_p00_1-64x64.png"),
        ("all tensors of a file, for a script", "floyd inspect IF-I-XL/unet/diffusion_pytorch_model.safetensors --all --json"),
    ];

    public string Path => Get(_path) ?? throw new FloydException("PATH is missing: give a folder, a safetensors file or a picture.");

    public bool All => Get(_all);

    public bool Json => Get(_json);
}

using System.CommandLine;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd doctor</c> can be told.</summary>
internal sealed class DoctorSettings : VerbSettings
{
    private readonly Option<bool> _json;

    public DoctorSettings()
    {
        Section("Output");
        _json = Flag("--json", "Print one JSON object.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("does libtorch load, and which GPUs are there", "floyd doctor"),
        ("with the libtorch of a Python PyTorch, such as one with CUDA", "FLOYD_LIBTORCH=venv/lib/python3.12/site-packages/torch/lib floyd doctor"),
    ];

    public bool Json => Get(_json);
}

using System.CommandLine;
using FloydSharp.Cascade.Runs;
using FloydSharp.Cli.Input;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd resume</c> can be told.</summary>
internal sealed class ResumeSettings : VerbSettings
{
    private readonly Argument<string?> _folder;
    private readonly Option<bool> _discard, _json, _quiet;
    private readonly Option<string?> _keepState, _threads;

    public ResumeSettings()
    {
        _folder = Argument("FOLDER", "Where the pictures of the run go, its --out (default: floyd-out). All runs there that have not ended are continued.");
        Section("Machine");
        _threads = Value("--threads", "N", "Threads of the CPU (default: as many as the run began with; other numbers sum in another order).");
        Section("Output");
        _discard = Flag("--discard", "Give the runs up instead: delete what was kept of them. Pictures stay.");
        _keepState = Value("--keep-state", "WHEN", "For another floyd resume: auto (every 2 s from now on) or always (each step) (default: auto).");
        _json = Flag("--json", "Print one JSON object per run at the end instead of the paths.");
        _quiet = Flag("--quiet", "No progress on stderr; warnings stay.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("go on after Ctrl+C, a crash or a power cut", "floyd resume"),
        ("of pictures that go elsewhere", "floyd resume pandas"),
    ];

    public string Folder => Get(_folder) ?? "floyd-out";

    public int? Threads => ThreadsText.Parse(Get(_threads));

    public bool Discard => Get(_discard);

    public RunSaving Saving => KeepStateText.Parse(Get(_keepState)) ?? throw new IO.FloydException("--keep-state off: a run that is continued keeps its state; give auto or always.");

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);
}

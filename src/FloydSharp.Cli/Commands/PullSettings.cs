using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd pull</c> can be told.</summary>
internal sealed class PullSettings : VerbSettings
{
    private const string Plain = "float32";

    private readonly Argument<string[]> _names;
    private readonly Option<string?> _variant, _textEncoder, _revision;
    private readonly Option<bool> _dryRun, _json, _quiet;

    public PullSettings()
    {
        _names = Arguments("NAME", "if-m, if-l or if-xl (stages I, II and III of that size), or a repository such as DeepFloyd/IF-I-XL-v1.0.");
        Section("Which files");
        _variant = Value("--variant", "NAME", $"Which weights: fp16, or {Plain} for the plain files (default: fp16 where there is such a form).");
        _textEncoder = Value("--text-encoder", "NAME", $"Which weights of the T5 text encoder: 8bit, fp16, {Plain}, or none to leave it out (default: 8bit where there is such a form).");
        _revision = Value("--revision", "NAME", "A branch, a tag or a commit, of one repository (default: main).");
        Section("Output");
        _dryRun = Flag("--dry-run", "Only show what would be downloaded.");
        _json = Flag("--json", "Print one JSON object at the end instead of the folders.");
        _quiet = Flag("--quiet", "No progress on stderr.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("all that the largest cascade needs, to use with --models if-xl", "floyd pull if-xl"),
        ("what that would be", "floyd pull if-xl --dry-run"),
        ("one repository, its text encoder in half precision", "floyd pull DeepFloyd/IF-I-M-v1.0 --text-encoder fp16"),
    ];

    public IReadOnlyList<PullTarget> Targets
    {
        get
        {
            if (Get(_names) is not { Count: > 0 } names)
                throw new FloydException($"NAME is missing: give {string.Join(", ", ModelSet.All.Select(s => s.Name))}, or a repository such as DeepFloyd/IF-I-XL-v1.0.");
            var targets = PullTarget.Of(names, Options);
            return targets.Count == 1 || Get(_revision) is null ? targets : throw new FloydException("--revision belongs to one repository; pull them one by one.");
        }
    }

    public string Revision => Get(_revision) ?? "main";

    public bool DryRun => Get(_dryRun);

    public bool Json => Get(_json);

    public bool Quiet => Get(_quiet);

    private RepositoryPlanOptions Options
    {
        get
        {
            var (own, text) = (new RepositoryPlanOptions { VariantRequired = Get(_variant) is not null }, Get(_textEncoder));
            return own with
            {
                Variant = Name(Get(_variant)) ?? own.Variant,
                TextEncoderVariant = text == "none" ? own.TextEncoderVariant : Name(text) ?? own.TextEncoderVariant,
                TextEncoder = text != "none",
            };
        }
    }

    private static string? Name(string? text) => text is Plain ? "" : text;
}

using System.CommandLine;
using FloydSharp.Cli.Input;
using FloydSharp.IO;
using FloydSharp.IO.Hub;

namespace FloydSharp.Cli.Commands;

/// <summary>What <c>floyd cache</c> can be told.</summary>
internal sealed class CacheSettings : VerbSettings
{
    private const string DeleteWord = "delete";

    private readonly Argument<string[]> _words;
    private readonly Option<string?> _revision;
    private readonly Option<bool> _yes, _json;

    public CacheSettings()
    {
        _words = Arguments("WORD", "Nothing lists what is there; delete and names of repositories deletes these.");
        Section("Deleting");
        _revision = Value("--revision", "NAME", "Only this branch, tag or commit, and the contents that no other one has.");
        _yes = Flag("--yes", "Delete without asking.");
        Section("Output");
        _json = Flag("--json", "Print one JSON object.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("what was downloaded", "floyd cache"),
        ("make room", "floyd cache delete DeepFloyd/IF-I-XL-v1.0"),
    ];

    /// <summary>What to delete; empty where the cache is only listed.</summary>
    public IReadOnlyList<RepoId> Doomed
    {
        get
        {
            var words = Get(_words);
            if (words.Count == 0 && (Yes || Revision is not null))
                throw new FloydException($"--yes and --revision belong to deleting: floyd cache {DeleteWord} REPOSITORY.");
            if (words.Count == 0)
                return [];
            if (words[0] != DeleteWord)
                throw new FloydException($"floyd cache {words[0]} is not known; floyd cache lists, floyd cache {DeleteWord} REPOSITORY deletes.");
            if (words.Count == 1)
                throw new FloydException($"Name what to delete: floyd cache {DeleteWord} REPOSITORY; floyd cache lists what is there.");
            if (words.Skip(1).Select(ModelSet.Find).FirstOrDefault(set => set is not null) is { } set)
                throw new FloydException($"{set.Name} shares repositories with other sets; name them: {string.Join(", ", set.Stages)}.");
            return [.. words.Skip(1).Select(RepoId.Parse).Distinct()];
        }
    }

    public string? Revision => Get(_revision);

    public bool Yes => Get(_yes);

    public bool Json => Get(_json);
}

using FloydSharp.Cascade.Records;

namespace FloydSharp.Cascade.Runs;

/// <summary>run.json: what a run was asked, once and for all.</summary>
internal sealed record RunRecord
{
    /// <summary>The version of the form that this program reads and writes.</summary>
    public const int Known = 1;

    public required int Version { get; init; }

    public required string Software { get; init; }

    public required RunOptionsRecord Options { get; init; }

    /// <summary>Names, sizes and times of the components' files: weights that change under a run would mix two models.</summary>
    public required IReadOnlyDictionary<string, string> Stamps { get; init; }

    public required IReadOnlyList<RequestRecord> Requests { get; init; }

    /// <summary>Which of the kept candidates each request goes on with; null where none does.</summary>
    public IReadOnlyList<int>? Candidates { get; init; }

    /// <summary>The application's own.</summary>
    public string? Note { get; init; }
}

/// <summary>progress.json: which pictures are finished, and what was chosen for them.</summary>
internal sealed record RunProgress
{
    /// <summary>Finished stages, as request/stage.</summary>
    public required IReadOnlyList<string> Finished { get; init; }

    /// <summary>What the application has chosen, such as the names of files.</summary>
    public required IReadOnlyDictionary<string, string> Choices { get; init; }
}

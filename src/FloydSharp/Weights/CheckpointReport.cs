namespace FloydSharp.Weights;

/// <summary>How a checkpoint's keys compare with a model's weights.</summary>
public sealed record CheckpointReport
{
    /// <summary>Weights of the model that no file holds.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Keys of the files that the model does not know.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Keys whose shape differs, with both shapes.</summary>
    public required IReadOnlyList<string> Misshapen { get; init; }

    /// <summary>Bytes of the weights as they lie in the files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Bytes that are used where they are mapped, without a copy; 0 before loading.</summary>
    public long MappedBytes { get; init; }

    /// <summary>Whether the checkpoint fits: nothing missing, nothing misshapen. Unexpected keys alone do no harm.</summary>
    public bool Fits => Missing.Count == 0 && Misshapen.Count == 0;

    /// <summary>One line with counts and the first few names of each kind.</summary>
    public override string ToString() => string.Join("; ", new[]
    {
        Describe("missing", Missing), Describe("wrong shape", Misshapen), Describe("unexpected", Unexpected),
    }.Where(part => part.Length > 0));

    private static string Describe(string what, IReadOnlyList<string> names)
    {
        const int shown = 4;
        if (names.Count == 0)
            return "";
        var rest = names.Count > shown ? ", ..." : "";
        return $"{names.Count} {what} ({string.Join(", ", names.Take(shown))}{rest})";
    }
}

namespace FloydSharp.Cascade.Records;

/// <summary>One of the <see cref="Candidates"/> without its tensor.</summary>
internal sealed record CandidateRecord
{
    /// <summary>What it is called.</summary>
    public required int Number { get; init; }

    /// <summary>The row of the embeddings it was made with.</summary>
    public required int Row { get; init; }

    /// <summary>How it was made.</summary>
    public required PictureInfo Picture { get; init; }
}

namespace FloydSharp.Training.World;

/// <summary>What <see cref="SceneSampler"/> must not choose by chance. Null leaves the choice to it.</summary>
public sealed record SceneOptions
{
    /// <summary>Nothing is forced.</summary>
    public static SceneOptions Default { get; } = new();

    /// <summary>The text of the sign: printable ASCII without quotation marks, at most 24 characters; drawn in capitals.</summary>
    public string? Text { get; init; }

    /// <summary>Whether there is a sign. Chosen with <see cref="TextShare"/> when null.</summary>
    public bool? HasText { get; init; }

    /// <summary>Share of scenes with a text, 0 to 1, 0.6 by default.</summary>
    public double TextShare { get; init; } = 0.6;

    /// <summary>Share of relations between two groups among scenes with neither a text nor a forced count, 0 to 1, 0.5 by default.</summary>
    public double RelationShare { get; init; } = 0.5;

    /// <summary>Longest chance text in characters, 1 to 10, 10 by default.</summary>
    public int MaxTextLength { get; init; } = 10;

    /// <summary>What carries the text.</summary>
    public SignKind? Sign { get; init; }

    /// <summary>The drawing style.</summary>
    public SceneStyle? Style { get; init; }

    /// <summary>The backdrop. Some styles allow only a few; a forced one is always taken.</summary>
    public Backdrop? Backdrop { get; init; }

    /// <summary>The kind of the first group.</summary>
    public ThingKind? Kind { get; init; }

    /// <summary>The colour of the first group.</summary>
    public SceneColor? Color { get; init; }

    /// <summary>How many things the first group has, 1 to 5. A forced relation needs 1.</summary>
    public int? Count { get; init; }

    /// <summary>The relation between the first two groups of a scene without text.</summary>
    public SpatialRelation? Relation { get; init; }

    /// <summary>Options that force a text and nothing else.</summary>
    /// <param name="text">See <see cref="Text"/>.</param>
    public static SceneOptions WithText(string text) => new() { Text = text };
}

namespace FloydSharp.Training.World;

/// <summary>One or several equal things: "three red cats". Equality compares the list by reference; compare JSON for content.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="Color">The colour that covers most of each.</param>
/// <param name="Size">The size class a caption may name.</param>
/// <param name="Places">One entry per thing, 1 to 5.</param>
/// <param name="Wears">What each wears, or null; only characters wear things.</param>
/// <param name="WearsColor">The colour of what they wear.</param>
public sealed record SceneGroup(
    ThingKind Kind,
    SceneColor Color,
    ThingSize Size,
    IReadOnlyList<ScenePlace> Places,
    Accessory? Wears = null,
    SceneColor WearsColor = SceneColor.Red)
{
    /// <summary>How many things there are.</summary>
    public int Count => Places.Count;
}

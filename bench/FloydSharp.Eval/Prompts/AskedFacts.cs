using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>What a prompt says, and nothing that it leaves open.</summary>
internal sealed record AskedFacts
{
    /// <summary>The text of the sign.</summary>
    public string? Text { get; init; }

    /// <summary>The things.</summary>
    public IReadOnlyList<AskedThing> Things { get; init; } = [];

    /// <summary>How they stand.</summary>
    public AskedRelation? Relation { get; init; }

    /// <summary>What is behind.</summary>
    public Backdrop? Backdrop { get; init; }

    /// <summary>The colour of a plain backdrop.</summary>
    public SceneColor? BackdropColor { get; init; }

    /// <summary>The style; null when the prompt names none.</summary>
    public SceneStyle? Style { get; init; }

    /// <summary>
    /// Whether the style can be seen: a plain fill and cel shading differ in the outlines of things and boards alone, so a backdrop or
    /// letters on it show neither.
    /// </summary>
    public static bool ShowsStyle(Scene scene) =>
        scene.Style is not (SceneStyle.Flat or SceneStyle.Anime) || scene.Groups.Count > 0 || scene.Sign is { Kind: not SignKind.Lettering };

    /// <summary>All that can be asked about a scene.</summary>
    public static AskedFacts Of(Scene scene)
    {
        var colors = scene.Style is not SceneStyle.Blueprint;
        return new()
        {
            Text = scene.Sign?.Text,
            Things = [.. scene.Groups.Select(g => new AskedThing(g.Kind, colors ? g.Color : null, g.Count))],
            Relation = scene.Relation is { } r ? new(r.Kind, r.Subject, r.Object, r.Third) : null,
            Backdrop = scene.Backdrop,
            BackdropColor = colors && scene.Backdrop is Training.World.Backdrop.Plain ? scene.BackdropColor : null,
            Style = ShowsStyle(scene) ? scene.Style : null,
        };
    }
}

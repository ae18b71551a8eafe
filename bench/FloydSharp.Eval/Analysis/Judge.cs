using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>Compares what is asked with what is seen.</summary>
internal static class Judge
{
    /// <summary>The answers to all that is asked.</summary>
    public static Answers Of(AskedFacts asked, SeenScene seen)
    {
        var found = asked.Things.Select(t => Find(t, seen)).ToArray();
        var any = asked.Things.Count > 0;
        return new(
            any ? found.All(f => f.Count > 0) : null,
            asked.Things.Any(t => t.Color is not null) ? asked.Things.Zip(found).All(p => p.First.Color is not { } color || HasColor(p.Second, color, p.First.Count)) : null,
            any ? asked.Things.Zip(found).All(p => p.Second.Count == p.First.Count) : null,
            asked.Relation is { } relation ? Holds(relation, found, seen) : null,
            asked.Backdrop is { } backdrop ? backdrop == seen.Backdrop && (asked.BackdropColor is not { } paint || paint == seen.BackdropColor) : null,
            asked.Style is { } style ? style == seen.Style : null);
    }

    private static List<SeenThing> Find(AskedThing asked, SeenScene seen) => [.. seen.Things.Where(t => t.Kind == asked.Kind)];

    private static bool HasColor(List<SeenThing> found, SceneColor color, int count) =>
        found.Count > 0 && found.Count(t => t.Color == color) * 2 > Math.Min(count, found.Count);

    private static bool Holds(AskedRelation relation, List<SeenThing>[] found, SeenScene seen)
    {
        if ((relation.Subject >= 0 && found[relation.Subject].Count == 0) || (relation.Object >= 0 && found[relation.Object].Count == 0))
            return false;
        if (relation.Subject < 0 || (relation.Object < 0 && seen.Sign is null))
            return false;
        var a = found[relation.Subject][0];
        if (relation.Object < 0)
        {
            var middle = (seen.TextArea.Top + seen.TextArea.Bottom) / 2;
            return relation.Kind switch
            {
                SpatialRelation.Above => a.Y < middle,
                SpatialRelation.Below => a.Y > middle,
                SpatialRelation.Holding => a.Y < middle && a.Y + (a.Size / 2) > seen.TextArea.Top - 0.05,
                _ => false,
            };
        }

        var others = found[relation.Object];
        var b = others[0];
        var (dx, dy) = (a.X - b.X, a.Y - b.Y);
        switch (relation.Kind)
        {
            case SpatialRelation.LeftOf:
                return dx < 0 && Math.Abs(dx) > Math.Abs(dy);
            case SpatialRelation.RightOf:
                return dx > 0 && Math.Abs(dx) > Math.Abs(dy);
            case SpatialRelation.Above:
            case SpatialRelation.OnTopOf:
                return dy < 0 && Math.Abs(dy) > Math.Abs(dx);
            case SpatialRelation.Riding:
                return dy < -0.08 && Math.Abs(dy) > Math.Abs(dx) && Math.Abs(dy) < (a.Size + b.Size) / 2;
            case SpatialRelation.Below:
                return dy > 0 && Math.Abs(dy) > Math.Abs(dx);
            case SpatialRelation.Inside:
                return a.Size < 0.75 * b.Size && Math.Abs(dx) < 0.5 * b.Size && Math.Abs(dy) < 0.5 * b.Size;
            case SpatialRelation.Holding:
                return a.Size > b.Size && Math.Abs(dx) < 0.62f * (a.Size + b.Size) && Math.Abs(dy) < 0.5f * a.Size;
            default:
                var sides = relation.Third is { } third ? [.. others, .. found[third]] : others;
                return sides.Any(s => s.X < a.X) && sides.Any(s => s.X > a.X);
        }
    }
}

using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Analysis;

/// <summary>Makes questions whose answer is no, to see whether the analyser says no.</summary>
internal static class Falsehoods
{
    /// <summary>For each attribute of <see cref="Answers.Names"/> the facts with that attribute false, or null where it cannot be.</summary>
    public static AskedFacts?[] Of(AskedFacts facts, Random random)
    {
        var any = facts.Things.Count > 0;
        var first = any ? facts.Things[0] : null;
        return
        [
            any ? WithFirst(facts, first! with { Kind = Other(random, first.Kind, [.. facts.Things.Select(t => t.Kind)]) }) : null,
            first?.Color is { } color ? WithFirst(facts, first with { Color = Other(random, color, [color]) }) : null,
            any ? WithFirst(facts, first! with { Count = first.Count is 1 ? 2 : first.Count is 5 || random.Next(2) == 0 ? first.Count - 1 : first.Count + 1 }) : null,
            facts.Relation is { } relation ? facts with { Relation = Turned(relation) } : null,
            facts.Backdrop is { } backdrop ? facts with { Backdrop = Other(random, backdrop, [backdrop]), BackdropColor = null } : null,
            facts.Style is { } style ? facts with { Style = Other(random, style, [style]) } : null,
        ];
    }

    private static AskedFacts WithFirst(AskedFacts facts, AskedThing first) => facts with { Things = [first, .. facts.Things.Skip(1)] };

    private static AskedRelation Turned(AskedRelation relation) => relation switch
    {
        { Object: < 0, Kind: SpatialRelation.Below } => relation with { Kind = SpatialRelation.Above },
        { Object: < 0 } => relation with { Kind = SpatialRelation.Below },
        { Kind: SpatialRelation.Between, Third: null } => relation with { Kind = SpatialRelation.Inside },
        { Kind: SpatialRelation.Holding } => relation with { Kind = SpatialRelation.Between },
        _ => relation with { Subject = relation.Object, Object = relation.Subject },
    };

    private static T Other<T>(Random random, T value, T[] excluded)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        while (Array.IndexOf(excluded, value) >= 0)
            value = values[random.Next(values.Length)];
        return value;
    }
}

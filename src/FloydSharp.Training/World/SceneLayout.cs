namespace FloydSharp.Training.World;

/// <summary>Places things in the unit square so that every named fact is plain to see.</summary>
internal static class SceneLayout
{
    /// <summary>One thing of a size class.</summary>
    public static ScenePlace Single(Random random, ThingSize size, Stage stage, Habitat habitat)
    {
        var side = size switch
        {
            ThingSize.Tiny => random.Range(0.16, 0.2),
            ThingSize.Small => random.Range(0.26, 0.32),
            ThingSize.Big => random.Range(0.7, 0.78),
            ThingSize.Huge => random.Range(0.9, 0.97),
            _ => random.Range(0.46, 0.6),
        };
        var slack = Math.Max(0, 0.48f - (side / 2)) * 0.7f;
        var x = 0.5f + random.Range(-slack, slack);
        return new ScenePlace(x, Height(random, side, stage, habitat), side, random.Chance(0.5));
    }

    /// <summary>Two to five equal things in a row or a cluster, without overlap.</summary>
    public static ScenePlace[] Cluster(Random random, int count, Stage stage, Habitat habitat)
    {
        var row = random.Chance(count <= 3 ? 0.6 : 0.3);
        (float X, float Y)[] spots = (count, row) switch
        {
            (2, true) => [(0.27f, 0.5f), (0.73f, 0.5f)],
            (2, false) => [(0.28f, 0.3f), (0.71f, 0.7f)],
            (3, true) => [(0.185f, 0.5f), (0.5f, 0.5f), (0.815f, 0.5f)],
            (3, false) => [(0.5f, 0.27f), (0.27f, 0.72f), (0.73f, 0.72f)],
            (4, true) => [(0.14f, 0.5f), (0.38f, 0.5f), (0.62f, 0.5f), (0.86f, 0.5f)],
            (4, false) => [(0.28f, 0.27f), (0.72f, 0.27f), (0.28f, 0.73f), (0.72f, 0.73f)],
            (_, true) => [(0.11f, 0.5f), (0.305f, 0.5f), (0.5f, 0.5f), (0.695f, 0.5f), (0.89f, 0.5f)],
            _ => random.Chance(0.5)
                ? [(0.3f, 0.27f), (0.7f, 0.27f), (0.19f, 0.72f), (0.5f, 0.72f), (0.81f, 0.72f)]
                : [(0.2f, 0.22f), (0.8f, 0.22f), (0.5f, 0.5f), (0.2f, 0.78f), (0.8f, 0.78f)],
        };
        var side = (count, row) switch
        {
            (2, true) => 0.42f,
            (2, false) => 0.4f,
            (3, true) => 0.3f,
            (3, false) => 0.4f,
            (4, true) => 0.225f,
            (4, false) => 0.38f,
            (_, true) => 0.18f,
            _ => 0.285f,
        } * random.Range(0.88, 1);
        var lift = row ? Height(random, side, stage, habitat) - 0.5f : stage.HasGround && habitat is Habitat.Ground ? 0.03f : 0;
        var flip = random.Chance(0.5);
        var places = new ScenePlace[count];
        for (var i = 0; i < count; i++)
            places[i] = new ScenePlace(spots[i].X + random.Range(-0.012, 0.012), spots[i].Y + lift + random.Range(-0.012, 0.012), side, flip);
        return places;
    }

    /// <summary>Two things in a relation.</summary>
    public static (ScenePlace Subject, ScenePlace Object) Pair(Random random, SpatialRelation relation, ThingKind subject, ThingKind target, Stage stage)
    {
        var side = random.Range(0.38, 0.45);
        switch (relation)
        {
            case SpatialRelation.Above or SpatialRelation.Below:
                var (x, drift) = (random.Range(0.4, 0.6), random.Range(-0.08, 0.08));
                var upper = new ScenePlace(x + drift, 0.25f, side);
                var lower = new ScenePlace(x - drift, 0.74f, side);
                return relation is SpatialRelation.Above ? (upper, lower) : (lower, upper);
            case SpatialRelation.OnTopOf:
                var traits = ThingTraits.Of(target);
                var below = new ScenePlace(random.Range(0.44, 0.56), 0.7f, 0.52f);
                var sideAbove = 0.38f;
                var top = below.Y + ((traits.Top - 0.5f) * below.Size);
                return (new ScenePlace(below.X, top - (sideAbove * 0.5f) + 0.02f, sideAbove, random.Chance(0.5)), below);
            case SpatialRelation.Inside:
                var outer = new ScenePlace(0.5f + random.Range(-0.05, 0.05), 0.5f, random.Range(0.84, 0.92));
                return (new ScenePlace(outer.X, outer.Y + (target is ThingKind.Heart ? -0.04f : 0), outer.Size * 0.4f), outer);
            case SpatialRelation.Holding:
                var body = new ScenePlace(0.37f, 0.58f, 0.7f);
                return (body, new ScenePlace(0.8f, target is ThingKind.Balloon or ThingKind.Umbrella ? 0.44f : 0.57f, 0.36f));
            case SpatialRelation.Riding:
                var mount = new ScenePlace(0.5f, 0.64f, 0.66f, random.Chance(0.5));
                var seat = mount.Y + ((ThingTraits.Of(target).Top - 0.5f) * mount.Size);
                return (new ScenePlace(0.5f, seat - 0.13f, 0.42f, mount.Flip), mount);
            default:
                var leftX = random.Range(0.25, 0.28);
                var y = Height(random, side, stage, Habitat.Any);
                var left = new ScenePlace(leftX, SideHeight(random, side, stage, relation is SpatialRelation.LeftOf ? subject : target, y), side);
                var right = new ScenePlace(1 - leftX, SideHeight(random, side, stage, relation is SpatialRelation.LeftOf ? target : subject, y), side);
                return relation is SpatialRelation.LeftOf ? (left, right) : (right, left);
        }
    }

    /// <summary>One thing between two others.</summary>
    public static Scene Between(Random random, Stage stage, (ThingKind Kind, SceneColor Color) middle, (ThingKind Kind, SceneColor Color) left, (ThingKind Kind, SceneColor Color) right)
    {
        var side = random.Range(0.28, 0.305);
        var y = Height(random, side, stage, Habitat.Ground);
        ScenePlace At(float x) => new(x, y, side);
        var centre = new SceneGroup(middle.Kind, middle.Color, ThingSize.Normal, [At(0.5f)]);
        return left.Kind == right.Kind
            ? stage.Scene([centre, new SceneGroup(left.Kind, left.Color, ThingSize.Normal, [At(0.18f), At(0.82f)])], null, new SceneRelation(SpatialRelation.Between, 0, 1), random.Next())
            : stage.Scene(
                [centre, new SceneGroup(left.Kind, left.Color, ThingSize.Normal, [At(0.18f)]), new SceneGroup(right.Kind, right.Color, ThingSize.Normal, [At(0.82f)])],
                null, new SceneRelation(SpatialRelation.Between, 0, 1, 2), random.Next());
    }

    /// <summary>A height of the centre that suits the habitat.</summary>
    public static float Height(Random random, float side, Stage stage, Habitat habitat)
    {
        var slack = Math.Max(0, 0.48f - (side / 2));
        return habitat switch
        {
            Habitat.Ground or Habitat.Any when stage.HasGround => Math.Max(0.5f, random.Range(0.84, 0.93) - (side / 2)),
            Habitat.Water when stage.HasGround => Math.Max(0.5f, random.Range(0.78, 0.88) - (side / 2)),
            Habitat.Air when stage.HasGround => Math.Min(0.5f, 0.05f + (side / 2) + random.Range(0, slack * 0.6)),
            _ => 0.5f + random.Range(-slack * 0.5, slack * 0.5),
        };
    }

    // Beside each other: fliers may hover a little, so that they do not stand on the grass.
    private static float SideHeight(Random random, float side, Stage stage, ThingKind kind, float ground) =>
        stage.HasGround && ThingTraits.Of(kind).Habitat is Habitat.Air ? Math.Max(side / 2, ground - random.Range(0.08, 0.18)) : ground;
}

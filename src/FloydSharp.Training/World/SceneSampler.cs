using FloydSharp.IO;

namespace FloydSharp.Training.World;

/// <summary>Invents scenes. The same random numbers and options give the same scene on every machine.</summary>
public static class SceneSampler
{
    private static readonly (SceneStyle, double)[] Styles =
    [
        (SceneStyle.Flat, 0.42), (SceneStyle.PixelArt, 0.08), (SceneStyle.PencilSketch, 0.07), (SceneStyle.Neon, 0.07), (SceneStyle.Watercolour, 0.08),
        (SceneStyle.Anime, 0.08), (SceneStyle.OilPainting, 0.08), (SceneStyle.PaperCut, 0.07), (SceneStyle.Blueprint, 0.05),
    ];

    private static readonly (ThingSize, double)[] Sizes =
        [(ThingSize.Normal, 0.55), (ThingSize.Tiny, 0.09), (ThingSize.Small, 0.12), (ThingSize.Big, 0.13), (ThingSize.Huge, 0.11)];

    private static readonly (int, double)[] Counts = [(1, 0.46), (2, 0.16), (3, 0.15), (4, 0.12), (5, 0.11)];

    private static readonly (SpatialRelation, double)[] Relations =
    [
        (SpatialRelation.LeftOf, 0.2), (SpatialRelation.RightOf, 0.2), (SpatialRelation.Above, 0.15), (SpatialRelation.Below, 0.13),
        (SpatialRelation.OnTopOf, 0.12), (SpatialRelation.Between, 0.08), (SpatialRelation.Inside, 0.06), (SpatialRelation.Riding, 0.06), (SpatialRelation.Holding, 0.07),
    ];

    /// <summary>A scene of chance.</summary>
    /// <param name="random">The source of all choices; not shared with another thread during the call.</param>
    public static Scene Sample(Random random) => Sample(random, SceneOptions.Default);

    /// <summary>A scene of chance within limits.</summary>
    /// <param name="random">The source of all choices; not shared with another thread during the call.</param>
    /// <param name="options">What is forced.</param>
    /// <exception cref="FloydException">The forced text cannot be drawn.</exception>
    public static Scene Sample(Random random, SceneOptions options)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(options);
        var style = options.Style ?? random.Weighted(Styles);
        var hasText = options.HasText ?? (options.Text is not null || options.Sign is not null
            || (options.Relation is null && options.Count is null && random.Chance(options.TextShare)));
        return hasText ? SignSampler.Sample(random, options, style) : WithoutText(random, options, style);
    }

    private static Scene WithoutText(Random random, SceneOptions options, SceneStyle style)
    {
        if (options.Relation is { } forced)
            return Related(random, options, style, forced);
        if (options.Count is null && options.Kind is null && random.Chance(0.05) && !(options.Style is SceneStyle.Neon or SceneStyle.Blueprint))
            return OnlyBackdrop(random, options, style);
        return options.Count is null && random.Chance(options.RelationShare)
            ? Related(random, options, style, random.Weighted(Relations))
            : OneGroup(random, options, style);
    }

    private static Scene OnlyBackdrop(Random random, SceneOptions options, SceneStyle style)
    {
        var backdrop = options.Backdrop ?? random.Of(
            Backdrop.Sky, Backdrop.Sunset, Backdrop.NightSky, Backdrop.Sea, Backdrop.Beach, Backdrop.Meadow, Backdrop.Desert,
            Backdrop.City, Backdrop.NightCity, Backdrop.Snow, Backdrop.Space, Backdrop.Forest, Backdrop.BrickWall);
        if (style is SceneStyle.Neon or SceneStyle.Blueprint && options.Style is null)
            style = SceneStyle.Flat;
        return new Scene(style, backdrop, SceneColor.Blue, SceneColor.White, [], null, null, random.Next());
    }

    private static Scene OneGroup(Random random, SceneOptions options, SceneStyle style)
    {
        var kind = options.Kind ?? random.Of<ThingKind>(ThingTraits.Kinds);
        var traits = ThingTraits.Of(kind);
        var stage = Stage.SampleFor(random, options, style, traits.Habitat, kind);
        var color = options.Color ?? stage.ColorFor(random, kind);
        var count = Math.Clamp(options.Count ?? random.Weighted(Counts), 1, 5);
        var size = count > 1 ? ThingSize.Normal : random.Weighted(Sizes);
        var places = count > 1
            ? SceneLayout.Cluster(random, count, stage, traits.Habitat)
            : [SceneLayout.Single(random, size, stage, traits.Habitat)];
        var group = Dress(random, new SceneGroup(kind, color, size, places), stage);
        return stage.Scene([group], null, null, random.Next());
    }

    private static Scene Related(Random random, SceneOptions options, SceneStyle style, SpatialRelation relation)
    {
        var (first, second) = Pair(random, options, relation);
        var habitat = ThingTraits.Of(relation is SpatialRelation.Above or SpatialRelation.OnTopOf or SpatialRelation.Inside ? second : first).Habitat;
        var stage = Stage.SampleFor(random, options, style, habitat, first, second);
        var firstColor = options.Color ?? stage.ColorFor(random, first);
        var secondColor = stage.ColorFor(random, second, firstColor, relation is SpatialRelation.Inside or SpatialRelation.Holding);
        if (relation is SpatialRelation.Between)
        {
            var third = random.Chance(0.6) ? second : Stage.AnotherKind(random, first, second);
            return SceneLayout.Between(random, stage, (first, firstColor), (second, secondColor), (third, third == second ? secondColor : stage.ColorFor(random, third)));
        }

        var (a, b) = SceneLayout.Pair(random, relation, first, second, stage);
        var subject = Dress(random, new SceneGroup(first, firstColor, ThingSize.Normal, [a]), stage);
        var target = new SceneGroup(second, secondColor, ThingSize.Normal, [b]);
        var behind = relation is SpatialRelation.Inside or SpatialRelation.Riding or SpatialRelation.OnTopOf;
        return behind
            ? stage.Scene([target, subject], null, new SceneRelation(relation, 1, 0), random.Next())
            : stage.Scene([subject, target], null, new SceneRelation(relation, 0, 1), random.Next());
    }

    private static (ThingKind First, ThingKind Second) Pair(Random random, SceneOptions options, SpatialRelation relation)
    {
        ThingKind[] firsts = ThingTraits.Kinds, seconds = ThingTraits.Kinds;
        switch (relation)
        {
            case SpatialRelation.Inside:
                firsts = ThingTraits.Shapes;
                seconds = [ThingKind.Circle, ThingKind.Square, ThingKind.Diamond, ThingKind.Heart];
                break;
            case SpatialRelation.Riding:
                firsts = [ThingKind.Astronaut, ThingKind.Robot, ThingKind.Cat, ThingKind.Dog, ThingKind.Panda, ThingKind.Bear, ThingKind.Frog, ThingKind.Penguin];
                seconds = [ThingKind.Horse, ThingKind.Horse, ThingKind.Car];
                break;
            case SpatialRelation.Holding:
                firsts = [.. firsts.Where(kind => ThingTraits.Of(kind).IsCharacter)];
                seconds =
                [
                    ThingKind.Balloon, ThingKind.Balloon, ThingKind.Heart, ThingKind.Star, ThingKind.Flower, ThingKind.Apple, ThingKind.Gift,
                    ThingKind.IceCream, ThingKind.Cup, ThingKind.Umbrella, ThingKind.Sphere, ThingKind.Cake,
                ];
                break;
            case SpatialRelation.OnTopOf:
                seconds = [.. seconds.Where(kind => ThingTraits.Of(kind).Top >= 0)];
                firsts = [.. firsts.Where(kind => kind is not (ThingKind.Cloud or ThingKind.Sun or ThingKind.Mountain or ThingKind.Moon))];
                break;
            default:
                break;
        }

        var first = options.Kind ?? random.Of<ThingKind>(firsts);
        var second = random.Of<ThingKind>(seconds);
        while (second == first)
            second = random.Of<ThingKind>(seconds);
        return (first, second);
    }

    private static SceneGroup Dress(Random random, SceneGroup group, Stage stage)
    {
        if (!ThingTraits.Of(group.Kind).IsCharacter || group.Count > 1 || group.Places[0].Size < 0.4f || !random.Chance(0.3))
            return group;
        var wears = random.Of(Accessory.Hat, Accessory.Sunglasses, Accessory.Crown, Accessory.Scarf, Accessory.PartyHat);
        var color = wears is Accessory.Crown ? SceneColor.Gold
            : wears is Accessory.Sunglasses && random.Chance(0.6) ? SceneColor.Black
            : stage.FreeColor(random, group.Color);
        if (color == group.Color)
            return group;
        return group with { Wears = wears, WearsColor = color };
    }
}

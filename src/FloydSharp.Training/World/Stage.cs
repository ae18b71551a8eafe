using SkiaSharp;
using static FloydSharp.Training.World.Backdrop;
using static FloydSharp.Training.World.SceneColor;

namespace FloydSharp.Training.World;

/// <summary>Style and backdrop of a scene that is being invented, and which colours can be seen against them.</summary>
internal sealed record Stage(SceneStyle Style, Backdrop Backdrop, SceneColor Upper, SceneColor Lower)
{
    private static readonly (SceneColor, double)[] Colors =
    [
        (Red, 1.2), (Orange, 0.9), (Yellow, 1), (Green, 1), (Blue, 1.2), (Purple, 0.9), (Pink, 0.9),
        (Brown, 0.6), (Black, 0.7), (White, 0.8), (Grey, 0.5), (Turquoise, 0.6), (Gold, 0.25),
    ];

    private static readonly (SceneColor, double)[] Grounds =
    [
        (White, 2), (Blue, 1.1), (Red, 0.8), (Yellow, 0.9), (Green, 0.8), (Purple, 0.7), (Pink, 0.8), (Black, 1),
        (Grey, 0.6), (Turquoise, 0.7), (Orange, 0.7), (Brown, 0.35),
    ];

    private static readonly (Backdrop, double)[] ForAny =
        [(Plain, 5), (Gradient, 2.2), (Sky, 0.8), (NightSky, 0.8), (BrickWall, 0.8), (Room, 0.5), (Meadow, 0.5), (Space, 0.6), (Beach, 0.4), (Sunset, 0.4)];

    private static readonly (Backdrop, double)[] ForGround =
    [
        (Plain, 3), (Gradient, 1), (Meadow, 2.2), (Desert, 1), (City, 1), (NightCity, 0.8), (Snow, 1.1), (Beach, 0.9),
        (Forest, 1), (Sunset, 0.7), (NightSky, 0.7), (Room, 0.7), (BrickWall, 0.4), (Space, 0.6), (Sea, 0.2),
    ];

    private static readonly (Backdrop, double)[] ForAir =
        [(Plain, 2), (Gradient, 0.8), (Sky, 3), (NightSky, 1.6), (Sunset, 1), (Space, 1), (Meadow, 0.8), (City, 0.8), (Sea, 0.6), (Snow, 0.5), (Desert, 0.5)];

    private static readonly (Backdrop, double)[] ForWater = [(Plain, 2), (Gradient, 0.7), (Sea, 4.5), (Sunset, 1), (Beach, 0.7)];

    private static readonly (Backdrop, double)[] ForNeon = [(Plain, 4), (NightSky, 1), (NightCity, 1), (BrickWall, 1), (Space, 0.7)];

    /// <summary>Whether things stand on a ground rather than float.</summary>
    public bool HasGround => Backdrop is not (Plain or Gradient or Sky or Space or BrickWall);

    /// <summary>Whether colours can be seen at all.</summary>
    public bool ShowsColors => Style is not SceneStyle.Blueprint;

    /// <summary>Chooses a backdrop on which kinds that have one colour only, and a forced colour, can be seen.</summary>
    public static Stage SampleFor(Random random, SceneOptions options, SceneStyle style, Habitat habitat, params ReadOnlySpan<ThingKind> kinds)
    {
        var stage = Sample(random, options, style, habitat);
        for (var attempt = 0; attempt < 16 && !Shows(stage, options.Color, kinds); attempt++)
            stage = Sample(random, options, style, habitat);
        return stage;

        static bool Shows(Stage stage, SceneColor? forced, ReadOnlySpan<ThingKind> kinds)
        {
            foreach (var kind in kinds)
            {
                if (ThingTraits.Of(kind) is { OnlyNatural: true } traits && !stage.IsVisible(traits.Natural[0]))
                    return false;

                // A backdrop must not add to what a caption counts.
                if (kind is ThingKind.Sun && stage.Backdrop is Sunset || kind is ThingKind.Cloud && stage.Backdrop is Sky or Meadow or Sea)
                    return false;
            }

            return forced is not { } color || stage.IsVisible(color);
        }
    }

    /// <summary>Chooses a backdrop that suits the style and the first thing.</summary>
    public static Stage Sample(Random random, SceneOptions options, SceneStyle style, Habitat habitat)
    {
        var backdrop = options.Backdrop ?? style switch
        {
            SceneStyle.Blueprint => Plain,
            SceneStyle.Neon => random.Weighted(ForNeon),
            SceneStyle.PencilSketch when random.Chance(0.5) => Plain,
            _ => random.Weighted(habitat switch { Habitat.Ground => ForGround, Habitat.Air => ForAir, Habitat.Water => ForWater, _ => ForAny }),
        };
        var upper = style switch
        {
            SceneStyle.Blueprint => Blue,
            SceneStyle.Neon => Black,
            SceneStyle.PencilSketch => White,
            _ => random.Weighted(Grounds),
        };
        var lower = upper;
        while (backdrop is Gradient && lower == upper)
            lower = random.Weighted(Grounds);
        return new Stage(style, backdrop, upper, lower);
    }

    /// <summary>A colour for a kind: its own, or any that stands out from the backdrop.</summary>
    public SceneColor ColorFor(Random random, ThingKind kind, SceneColor? other = null, bool mustDiffer = false)
    {
        var traits = ThingTraits.Of(kind);
        if (traits.OnlyNatural)
            return traits.Natural[0];
        if (traits.Natural.Length > 0 && random.Chance(0.45))
        {
            var natural = random.Of<SceneColor>(traits.Natural);
            if (IsVisible(natural) && !(mustDiffer && natural == other))
                return natural;
        }

        // Few things are made of gold; on an animal it is an orange that looks like brown.
        var color = FreeColor(random, mustDiffer ? other : null);
        return color is Gold && (traits.IsCharacter || traits.Habitat is Habitat.Water or Habitat.Air) ? FreeColor(random, Gold) : color;
    }

    /// <summary>Any colour that stands out from the backdrop and differs from the given one.</summary>
    public SceneColor FreeColor(Random random, SceneColor? other)
    {
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var color = random.Weighted(Colors);
            if (IsVisible(color) && color != other)
                return color;
        }

        return Style is SceneStyle.Neon ? Pink : Backdrop is Plain && Upper is Red ? White : Red;
    }

    /// <summary>Whether a colour stands out from the backdrop in this style.</summary>
    public bool IsVisible(SceneColor color)
    {
        if (!ShowsColors)
            return true;
        if (Style is SceneStyle.Neon)
            return color is not (Black or Brown or Grey or Gold);
        if (Style is SceneStyle.PencilSketch && color is White)
            return false;
        var paint = Palette.Of(color);
        var limit = Style is SceneStyle.Watercolour or SceneStyle.PencilSketch ? 170 : 140;
        foreach (var tone in Tones())
        {
            if (Palette.Distance(paint, tone) < limit)
                return false;
        }

        return true;
    }

    /// <summary>A kind that is none of the two.</summary>
    public static ThingKind AnotherKind(Random random, ThingKind first, ThingKind second)
    {
        var kind = first;
        while (kind == first || kind == second)
            kind = random.Of<ThingKind>(ThingTraits.Kinds);
        return kind;
    }

    /// <summary>The finished scene.</summary>
    public Scene Scene(IReadOnlyList<SceneGroup> groups, SceneSign? sign, SceneRelation? relation, int seed) =>
        new(Style, Backdrop, Upper, Lower, groups, sign, relation, seed);

    private SKColor[] Tones() => Backdrop switch
    {
        Plain => [Palette.Of(Upper)],
        Gradient => [Palette.Of(Upper), Palette.Of(Lower), Palette.Mix(Palette.Of(Upper), Palette.Of(Lower), 0.5f)],
        Sky => [BackdropColors.Sky],
        Sunset => [BackdropColors.SunsetTop, BackdropColors.SunsetLow],
        NightSky => [BackdropColors.Night, BackdropColors.NightHill],
        Sea => [BackdropColors.Sky, BackdropColors.Water],
        Beach => [BackdropColors.Sand, BackdropColors.Water],
        Meadow => [BackdropColors.Sky, BackdropColors.Grass],
        Desert => [BackdropColors.DesertSky, BackdropColors.Dune],
        City => [BackdropColors.CitySky, BackdropColors.Tower, BackdropColors.Street],
        NightCity => [BackdropColors.Night, BackdropColors.NightTower],
        Snow => [BackdropColors.SnowSky, BackdropColors.SnowGround],
        Space => [BackdropColors.SpaceBlack],
        Forest => [BackdropColors.ForestBack, BackdropColors.ForestFloor],
        BrickWall => [BackdropColors.Brick],
        _ => [BackdropColors.Wall, BackdropColors.Floor],
    };
}

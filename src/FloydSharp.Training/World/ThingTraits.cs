using static FloydSharp.Training.World.SceneColor;
using static FloydSharp.Training.World.ThingKind;

namespace FloydSharp.Training.World;

/// <summary>What the sampler must know about a kind: where it belongs, which colours suit it, where its parts are.</summary>
/// <param name="Habitat">Where it stands when nothing else decides.</param>
/// <param name="Natural">Colours that need no mention; empty when all colours are equally likely.</param>
/// <param name="OnlyNatural">Whether other colours make no sense.</param>
/// <param name="IsCharacter">Whether it can wear and hold things.</param>
/// <param name="Top">Height at which something can stand on it, in its box from 0 (top) to 1; negative when nothing can.</param>
/// <param name="HeadX">Centre of the head in its box.</param>
/// <param name="HeadY">Centre of the eyes in its box.</param>
/// <param name="HeadTop">Top of the skull in its box.</param>
/// <param name="HeadWidth">Width of the head in its box.</param>
internal sealed record ThingTraits(
    Habitat Habitat,
    SceneColor[] Natural,
    bool OnlyNatural = false,
    bool IsCharacter = false,
    float Top = -1,
    float HeadX = 0.5f,
    float HeadY = 0.35f,
    float HeadTop = 0.15f,
    float HeadWidth = 0.5f)
{
    /// <summary>Kinds in the order of <see cref="ThingKind"/>.</summary>
    public static ThingKind[] Kinds { get; } = Enum.GetValues<ThingKind>();

    /// <summary>Geometric shapes, which may lie inside each other.</summary>
    public static ThingKind[] Shapes { get; } = [Circle, Square, Triangle, Star, Heart, Diamond];

    private static readonly ThingTraits[] Table = [.. Kinds.Select(Create)];

    /// <summary>The traits of a kind.</summary>
    public static ThingTraits Of(ThingKind kind) => Table[(int)kind];

    private static ThingTraits Create(ThingKind kind) => kind switch
    {
        Circle or Triangle or Star or Heart or Diamond => new(Habitat.Any, []),
        Square => new(Habitat.Any, [], Top: 0.06f),
        Sphere => new(Habitat.Any, []),
        Cube => new(Habitat.Ground, [], Top: 0.18f),
        Sun => new(Habitat.Air, [Yellow, Yellow, Orange], OnlyNatural: false),
        Moon => new(Habitat.Air, [Yellow, White]),
        Cloud => new(Habitat.Air, [White]),
        Tree or Pine or PalmTree => new(Habitat.Ground, [Green]),
        Cactus => new(Habitat.Ground, [Green]),
        Flower => new(Habitat.Ground, []),
        Mushroom => new(Habitat.Ground, [Red], Top: 0.08f),
        Mountain => new(Habitat.Ground, [Grey, Blue, Purple, Brown], Top: 0.1f),
        Snowman => new(Habitat.Ground, [White], OnlyNatural: true, IsCharacter: true, HeadY: 0.22f, HeadTop: 0.1f, HeadWidth: 0.34f),
        House => new(Habitat.Ground, [], Top: 0.08f),
        Castle => new(Habitat.Ground, [Grey]),
        Boat => new(Habitat.Water, []),
        Car => new(Habitat.Ground, [], Top: 0.28f),
        Bus => new(Habitat.Ground, [], Top: 0.2f),
        Balloon => new(Habitat.Air, []),
        Rocket => new(Habitat.Air, []),
        Cup => new(Habitat.Ground, []),
        Cake => new(Habitat.Ground, [Pink, Brown]),
        Robot => new(Habitat.Ground, [Grey], IsCharacter: true, HeadY: 0.27f, HeadTop: 0.12f, HeadWidth: 0.5f),
        Umbrella => new(Habitat.Any, []),
        Gift => new(Habitat.Ground, [], Top: 0.2f),
        Apple => new(Habitat.Ground, [Red, Green]),
        IceCream => new(Habitat.Any, [Pink]),
        ThingKind.Crown => new(Habitat.Any, [Gold]),
        Cat => new(Habitat.Ground, [Orange, Grey, Black], IsCharacter: true, HeadY: 0.33f, HeadTop: 0.17f, HeadWidth: 0.56f),
        Dog => new(Habitat.Ground, [Brown], IsCharacter: true, HeadY: 0.32f, HeadTop: 0.12f, HeadWidth: 0.5f),
        Fish => new(Habitat.Water, [Orange]),
        Bird => new(Habitat.Air, []),
        Rabbit => new(Habitat.Ground, [White, Grey, Brown], IsCharacter: true, HeadY: 0.46f, HeadTop: 0.34f, HeadWidth: 0.46f),
        Panda => new(Habitat.Ground, [White], OnlyNatural: true, IsCharacter: true, HeadY: 0.33f, HeadTop: 0.1f, HeadWidth: 0.6f),
        Penguin => new(Habitat.Ground, [Black], OnlyNatural: true, IsCharacter: true, HeadY: 0.24f, HeadTop: 0.08f, HeadWidth: 0.46f),
        Owl => new(Habitat.Ground, [Brown], IsCharacter: true, HeadY: 0.3f, HeadTop: 0.1f, HeadWidth: 0.56f),
        Bear => new(Habitat.Ground, [Brown], IsCharacter: true, HeadY: 0.33f, HeadTop: 0.1f, HeadWidth: 0.6f),
        Horse => new(Habitat.Ground, [Brown, White, Black], Top: 0.42f),
        Butterfly => new(Habitat.Air, []),
        Duck => new(Habitat.Water, [Yellow]),
        Frog => new(Habitat.Ground, [Green], IsCharacter: true, HeadY: 0.3f, HeadTop: 0.2f, HeadWidth: 0.6f),
        Ghost => new(Habitat.Air, [White], IsCharacter: true, HeadY: 0.32f, HeadTop: 0.06f, HeadWidth: 0.6f),
        Astronaut => new(Habitat.Ground, [White], IsCharacter: true, HeadY: 0.28f, HeadTop: 0.06f, HeadWidth: 0.5f),
        Dragon => new(Habitat.Ground, [Green, Red]),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>What can stand in a scene.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ThingKind>))]
public enum ThingKind
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square.</summary>
    Square,

    /// <summary>A triangle.</summary>
    Triangle,

    /// <summary>A five-pointed star.</summary>
    Star,

    /// <summary>A heart.</summary>
    Heart,

    /// <summary>A diamond shape.</summary>
    Diamond,

    /// <summary>A cube.</summary>
    Cube,

    /// <summary>A shaded ball.</summary>
    Sphere,

    /// <summary>A sun with rays.</summary>
    Sun,

    /// <summary>A crescent.</summary>
    Moon,

    /// <summary>A cloud.</summary>
    Cloud,

    /// <summary>A round tree.</summary>
    Tree,

    /// <summary>A conifer.</summary>
    Pine,

    /// <summary>A palm.</summary>
    PalmTree,

    /// <summary>A flower on a stem.</summary>
    Flower,

    /// <summary>A mushroom.</summary>
    Mushroom,

    /// <summary>A cactus.</summary>
    Cactus,

    /// <summary>A mountain with a snowy top.</summary>
    Mountain,

    /// <summary>A snowman.</summary>
    Snowman,

    /// <summary>A house.</summary>
    House,

    /// <summary>A castle.</summary>
    Castle,

    /// <summary>A sailing boat.</summary>
    Boat,

    /// <summary>A car.</summary>
    Car,

    /// <summary>A bus.</summary>
    Bus,

    /// <summary>A toy balloon.</summary>
    Balloon,

    /// <summary>A rocket.</summary>
    Rocket,

    /// <summary>A mug.</summary>
    Cup,

    /// <summary>A cake.</summary>
    Cake,

    /// <summary>A robot.</summary>
    Robot,

    /// <summary>An umbrella.</summary>
    Umbrella,

    /// <summary>A wrapped gift.</summary>
    Gift,

    /// <summary>An apple.</summary>
    Apple,

    /// <summary>An ice cream.</summary>
    IceCream,

    /// <summary>A crown.</summary>
    Crown,

    /// <summary>A cat.</summary>
    Cat,

    /// <summary>A dog.</summary>
    Dog,

    /// <summary>A fish.</summary>
    Fish,

    /// <summary>A bird.</summary>
    Bird,

    /// <summary>A rabbit.</summary>
    Rabbit,

    /// <summary>A panda.</summary>
    Panda,

    /// <summary>A penguin.</summary>
    Penguin,

    /// <summary>An owl.</summary>
    Owl,

    /// <summary>A bear.</summary>
    Bear,

    /// <summary>A horse.</summary>
    Horse,

    /// <summary>A butterfly.</summary>
    Butterfly,

    /// <summary>A duck.</summary>
    Duck,

    /// <summary>A frog.</summary>
    Frog,

    /// <summary>A ghost.</summary>
    Ghost,

    /// <summary>An astronaut.</summary>
    Astronaut,

    /// <summary>A dragon.</summary>
    Dragon,
}

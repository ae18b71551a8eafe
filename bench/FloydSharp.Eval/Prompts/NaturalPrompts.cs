using FloydSharp.Training.World;
using static FloydSharp.Training.World.SceneColor;
using static FloydSharp.Training.World.SpatialRelation;
using static FloydSharp.Training.World.ThingKind;

namespace FloydSharp.Eval.Prompts;

/// <summary>
/// Prompts as people write them, by hand: 40 within the world's vocabulary, of which the facts are asked, and known prompts of text-to-image
/// models, of which nothing is asked: they show how a model behaves outside its world.
/// </summary>
internal static class NaturalPrompts
{
    /// <summary>The number of the first.</summary>
    public const int FirstId = 200;

    /// <summary>The group of the prompts that are only shown.</summary>
    public const string Shown = "shown";

    /// <summary>All, in a fixed order.</summary>
    public static IReadOnlyList<HeldOutPrompt> All { get; } = Make();

    private static HeldOutPrompt[] Make()
    {
        AskedFacts[] asked =
        [
            .. Objects, .. Texts, .. Relations, .. Styles,
        ];
        (string Group, string Prompt, AskedFacts Asked)[] all =
        [
            .. Sentences.Zip(asked).Select(p => ("natural", p.First, p.Second)),
            .. Known.Select(prompt => (Shown, prompt, new AskedFacts())),
        ];
        return [.. all.Select((p, i) => new HeldOutPrompt(FirstId + i, p.Group, p.Prompt, p.Asked))];
    }

    // In the order of the facts below.
    private static string[] Sentences =>
    [
        "a cute black cat sitting in the snow",
        "my dog wearing sunglasses at the beach",
        "photo of a red car on a city street at night",
        "two yellow ducks swimming on the sea",
        "three red balloons in the sky",
        "an owl at night under the stars",
        "four orange fish in the ocean",
        "a sailing boat on the water at sunset",
        "a big cactus in the desert",
        "five golden stars on a blue background",
        "a scary white ghost in a dark forest",
        "a cup of coffee in a room",
        "a snowman with a scarf in winter",
        "there is a green frog on a pink background, it has a crown",

        "a pink birthday cake and a sign that reads \"mia\"",
        "a robot holding a sign that says \"help\"",
        "shop sign saying \"books\" on a brick wall",
        "a t-shirt that says \"cool\"",
        "neon sign with the word \"bar\" on a brick wall",
        "a movie poster with the text \"alien\"",
        "a panda saying \"hello\" in a speech bubble",
        "a billboard in the desert that says \"water\"",
        "a chalkboard with \"abc123\" written on it",
        "a banner that says \"welcome\" and a brown bear",
        "\"taxi\" in yellow letters on a black background",
        "a book cover with the word \"magic\" on it",

        "an astronaut riding a horse in space",
        "a penguin holding a red umbrella on the beach",
        "a white rabbit and to its right a purple mushroom",
        "the moon above a mountain",
        "a red apple on top of a blue cube",
        "a gift to the left of a christmas tree",
        "a yellow heart inside a black circle",
        "a butterfly above a pink flower",
        "a bus between two trees",

        "a castle at sunset, oil painting",
        "cartoon of a green dragon",
        "a watercolour of a blue bird",
        "retro pixel art of a rocket flying through space",
        "pencil drawing of a brown horse",
    ];

    private static AskedFacts[] Objects =>
    [
        new() { Things = [new(Cat, Black)], Backdrop = Backdrop.Snow },
        new() { Things = [new(Dog, null)], Backdrop = Backdrop.Beach },
        new() { Things = [new(Car, Red)], Backdrop = Backdrop.NightCity },
        new() { Things = [new(Duck, Yellow, 2)], Backdrop = Backdrop.Sea },
        new() { Things = [new(Balloon, Red, 3)], Backdrop = Backdrop.Sky },
        new() { Things = [new(Owl, null)], Backdrop = Backdrop.NightSky },
        new() { Things = [new(Fish, Orange, 4)], Backdrop = Backdrop.Sea },
        new() { Things = [new(Boat, null)], Backdrop = Backdrop.Sunset },
        new() { Things = [new(Cactus, null)], Backdrop = Backdrop.Desert },
        new() { Things = [new(Star, Gold, 5)], Backdrop = Backdrop.Plain, BackdropColor = Blue },
        new() { Things = [new(Ghost, White)], Backdrop = Backdrop.Forest },
        new() { Things = [new(Cup, null)], Backdrop = Backdrop.Room },
        new() { Things = [new(Snowman, null)], Backdrop = Backdrop.Snow },
        new() { Things = [new(Frog, Green)], Backdrop = Backdrop.Plain, BackdropColor = Pink },
    ];

    private static AskedFacts[] Texts =>
    [
        new() { Text = "mia", Things = [new(Cake, Pink)] },
        new() { Text = "help", Things = [new(Robot, null)], Relation = new(Holding, 0, SceneRelation.Sign) },
        new() { Text = "books", Backdrop = Backdrop.BrickWall },
        new() { Text = "cool" },
        new() { Text = "bar", Backdrop = Backdrop.BrickWall },
        new() { Text = "alien" },
        new() { Text = "hello", Things = [new(Panda, null)], Relation = new(Below, 0, SceneRelation.Sign) },
        new() { Text = "water", Backdrop = Backdrop.Desert },
        new() { Text = "abc123" },
        new() { Text = "welcome", Things = [new(Bear, Brown)] },
        new() { Text = "taxi", Backdrop = Backdrop.Plain, BackdropColor = Black },
        new() { Text = "magic" },
    ];

    private static AskedFacts[] Relations =>
    [
        new() { Things = [new(Astronaut, null), new(Horse, null)], Relation = new(Riding, 0, 1), Backdrop = Backdrop.Space },
        new() { Things = [new(Penguin, null), new(Umbrella, Red)], Relation = new(Holding, 0, 1), Backdrop = Backdrop.Beach },
        new() { Things = [new(Rabbit, White), new(Mushroom, Purple)], Relation = new(LeftOf, 0, 1) },
        new() { Things = [new(Moon, null), new(Mountain, null)], Relation = new(Above, 0, 1) },
        new() { Things = [new(Apple, Red), new(Cube, Blue)], Relation = new(OnTopOf, 0, 1) },
        new() { Things = [new(Gift, null), new(Pine, null)], Relation = new(LeftOf, 0, 1) },
        new() { Things = [new(Heart, Yellow), new(Circle, Black)], Relation = new(Inside, 0, 1) },
        new() { Things = [new(Butterfly, null), new(Flower, Pink)], Relation = new(Above, 0, 1) },
        new() { Things = [new(Bus, null), new(Tree, null, 2)], Relation = new(Between, 0, 1) },
    ];

    private static AskedFacts[] Styles =>
    [
        new() { Things = [new(Castle, null)], Backdrop = Backdrop.Sunset, Style = SceneStyle.OilPainting },
        new() { Things = [new(Dragon, Green)], Style = SceneStyle.Anime },
        new() { Things = [new(Bird, Blue)], Style = SceneStyle.Watercolour },
        new() { Things = [new(Rocket, null)], Backdrop = Backdrop.Space, Style = SceneStyle.PixelArt },
        new() { Things = [new(Horse, Brown)], Style = SceneStyle.PencilSketch },
    ];

    private static string[] Known =>
    [
        "a photo of a kangaroo wearing an orange hoodie and blue sunglasses standing in front of the eiffel tower holding a sign that says \"very deep learning\"",
        "a photograph of an astronaut riding a horse holding a sign that says \"Pixel's in space\"",
        "ultra close-up color photo portrait of a rainbow owl with deer horns in the woods",
        "a fantasy landscape in style minecraft",
        "a red cube on top of a blue cube",
        "a cat made of origami",
        "an oil painting of a lighthouse in a storm",
        "an avocado armchair",
    ];
}

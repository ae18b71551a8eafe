namespace FloydSharp.Training.World;

/// <summary>The words of the caption grammar. Alternatives are separated by '|'.</summary>
internal static class CaptionTables
{
    /// <summary>Words that the grammar utters outside these tables.</summary>
    public const string Glue =
        "a an and with of in on at the that says saying reads reading which written text word words number letters letter it its to left right next beside by near " +
        "above over below under beneath underneath top on standing sitting between middle either side inside within riding rides holding holds wearing wears sunglasses " +
        "one two three four five pair 2 3 4 5 group row several background color colour colors colours style chalk pixel pixelated plain sign label labelled labeled " +
        "behind front against says big small up down writing lettering caption message for has there is are cover shows showing behind";

    private static readonly string[][] Nouns = [.. Enum.GetValues<ThingKind>().Select(kind => Noun(kind).Split('|'))];

    /// <summary>Singular names; an irregular plural follows a slash.</summary>
    public static string[] NounsOf(ThingKind kind) => Nouns[(int)kind];

    /// <summary>Names of a colour.</summary>
    public static string[] ColorWords(SceneColor color) => Colors[(int)color];

    private static readonly string[][] Colors =
        [["red"], ["orange"], ["yellow"], ["green"], ["blue"], ["purple", "purple", "violet"], ["pink"], ["brown"], ["black"], ["white"], ["grey", "gray"], ["turquoise", "cyan", "teal"], ["gold", "golden"]];

    /// <summary>Words for a size.</summary>
    public static string[] Sizes(ThingSize size) => size switch
    {
        ThingSize.Tiny => ["tiny", "tiny", "very small"],
        ThingSize.Small => ["small", "little"],
        ThingSize.Big => ["big", "large"],
        ThingSize.Huge => ["huge", "giant", "enormous", "very big", "very large"],
        _ => [],
    };

    /// <summary>Style phrases that stand before the scene and end in "of".</summary>
    public static string[] Before(SceneStyle style) => style switch
    {
        SceneStyle.PixelArt => ["pixel art of", "a pixel art picture of", "8-bit art of", "a pixelated picture of", "retro pixel art of"],
        SceneStyle.PencilSketch => ["a pencil sketch of", "a pencil drawing of", "a sketch of", "a hand-drawn sketch of", "a coloured pencil drawing of", "a colored pencil drawing of"],
        SceneStyle.Neon => ["neon art of", "a neon picture of", "a glowing neon picture of", "a neon drawing of"],
        SceneStyle.Watercolour => ["a watercolour of", "a watercolor of", "a watercolor painting of", "a watercolour painting of", "a watercolour picture of"],
        SceneStyle.Anime => ["an anime drawing of", "an anime picture of", "a cartoon of", "an anime style picture of", "a cel-shaded drawing of", "anime art of"],
        SceneStyle.OilPainting => ["an oil painting of", "an oil painting of", "a painting of", "a painted picture of"],
        SceneStyle.PaperCut => ["a paper cut-out of", "a paper cutout of", "papercraft of", "a paper collage of", "paper art of"],
        SceneStyle.Blueprint => ["a blueprint of", "a technical drawing of", "the blueprint of"],
        _ => ["an illustration of", "a flat illustration of", "clip art of", "a vector drawing of", "a simple drawing of", "a flat design of"],
    };

    /// <summary>Style phrases that stand after the scene.</summary>
    public static string[] After(SceneStyle style) => style switch
    {
        SceneStyle.PixelArt => ["in pixel art style", "pixel art", "as pixel art", "in 8-bit style", "pixel art style", "retro pixel art"],
        SceneStyle.PencilSketch => ["pencil sketch", "in pencil", "drawn in pencil", "in pencil sketch style", "pencil drawing", "drawn with coloured pencils"],
        SceneStyle.Neon => ["in neon style", "neon lights", "glowing neon", "neon style", "in neon colours", "in neon colors", "made of neon lights"],
        SceneStyle.Watercolour => ["in watercolour", "in watercolor", "in watercolour style", "in watercolor style", "watercolor painting", "watercolour", "painted in watercolours"],
        SceneStyle.Anime => ["anime style", "in anime style", "in the style of anime", "in cartoon style", "anime", "cel shading"],
        SceneStyle.OilPainting => ["oil painting", "in oils", "oil on canvas", "in oil painting style", "painted in oil", "as an oil painting"],
        SceneStyle.PaperCut => ["paper cut-out style", "made of paper", "in paper cut-out style", "papercraft", "cut out of paper", "paper art"],
        SceneStyle.Blueprint => ["as a blueprint", "blueprint style", "blueprint", "in blueprint style"],
        _ => ["flat design", "flat style", "vector art", "in flat style", "clip art", "minimalist", "flat illustration"],
    };

    /// <summary>Words for any picture; the last five promise a photograph and are kept for plain scenes.</summary>
    public static string[] Media { get; } =
        ["a picture of", "an image of", "a drawing of", "an illustration of", "a picture showing", "art of", "a photo of", "a photograph of", "a photo of", "a picture of", "photo of"];

    /// <summary>Places; {0} and {1} are the colours of a plain or blended backdrop.</summary>
    public static string[] Places(Backdrop backdrop) => backdrop switch
    {
        Backdrop.Plain => ["on a {0} background", "on a {0} background", "against a {0} background", "{0} background", "with a {0} background", "on {0}", "on a plain {0} background", "in front of a {0} background"],
        Backdrop.Gradient => ["on a {0} and {1} gradient background", "on a gradient from {0} to {1}", "on a {0} to {1} gradient", "with a {0} and {1} background", "on a gradient background", "{0} and {1} gradient"],
        Backdrop.Sky => ["in the sky", "in a blue sky", "with clouds behind", "in front of a cloudy sky", "against the blue sky", "with clouds", "in the clouds", "blue sky"],
        Backdrop.Sunset => ["at sunset", "at dusk", "in front of a sunset", "with a sunset behind", "against an orange sky", "in the evening", "during sunset", "at the setting sun", "sunset"],
        Backdrop.NightSky => ["at night", "under a starry sky", "in the night sky", "under the stars", "on a starry night", "in front of the night sky", "with stars behind", "starry night", "night sky"],
        Backdrop.Sea => ["on the sea", "at sea", "by the sea", "in the ocean", "on the water", "with the sea behind", "at the ocean", "in front of the sea", "ocean"],
        Backdrop.Beach => ["on the beach", "on a beach", "at the beach", "by the sea", "on the sand", "on a sandy beach", "beach"],
        Backdrop.Meadow => ["on the grass", "in a meadow", "in a field", "on a green meadow", "in a grassy field", "outdoors", "in a park", "on the lawn", "in the countryside", "on green grass", "meadow"],
        Backdrop.Desert => ["in the desert", "in a desert", "among sand dunes", "in front of desert dunes", "desert"],
        Backdrop.City => ["in the city", "in a city", "in front of a city skyline", "on a street", "in town", "on a city street", "with buildings behind", "city"],
        Backdrop.NightCity => ["in the city at night", "in a city at night", "in front of a city skyline at night", "on a street at night", "with lit windows behind", "at night in the city", "city at night"],
        Backdrop.Snow => ["in the snow", "in winter", "on the snow", "on a snowy day", "in a snowy landscape", "while it snows", "in a snow landscape", "snow"],
        Backdrop.Space => ["in space", "in outer space", "among the stars", "in the galaxy", "floating in space", "in the universe", "space"],
        Backdrop.Forest => ["in the forest", "in a forest", "in the woods", "among trees", "in the jungle", "forest"],
        Backdrop.BrickWall => ["in front of a brick wall", "on a brick wall", "against a brick wall", "with a brick wall behind", "brick wall"],
        _ => ["in a room", "indoors", "inside a room", "in an empty room", "on a wooden floor", "in a house"],
    };

    /// <summary>A backdrop as the subject.</summary>
    public static string[] Views(Backdrop backdrop) => backdrop switch
    {
        Backdrop.Sky => ["a blue sky with clouds", "a cloudy sky", "clouds in the sky", "white clouds in a blue sky"],
        Backdrop.Sunset => ["a sunset", "a sunset over the sea", "the sun going down", "an orange sunset", "the setting sun", "an evening sky"],
        Backdrop.NightSky => ["a night sky", "a starry night", "a starry sky", "a night sky with stars", "stars at night"],
        Backdrop.Sea => ["the sea", "a blue ocean", "the ocean under a blue sky", "sea and sky", "waves on the sea"],
        Backdrop.Beach => ["a beach", "a sandy beach", "a beach by the sea", "the seaside"],
        Backdrop.Meadow => ["a meadow", "a green meadow", "green hills", "a field of grass under a blue sky", "a green landscape"],
        Backdrop.Desert => ["a desert", "sand dunes", "a desert landscape", "dunes in the desert"],
        Backdrop.City => ["a city", "a city skyline", "a street in a city", "tall buildings", "a town"],
        Backdrop.NightCity => ["a city at night", "a city skyline at night", "a night city with lit windows"],
        Backdrop.Snow => ["a snowy landscape", "a winter landscape", "snow falling on hills", "a snowy day"],
        Backdrop.Space => ["outer space", "a galaxy", "stars and a planet in space", "space with a planet", "the universe"],
        Backdrop.Forest => ["a forest", "a dark forest", "trees in a forest", "the woods"],
        Backdrop.BrickWall => ["a brick wall", "a wall of red bricks", "bricks"],
        Backdrop.Plain => ["a plain {0} background", "nothing but {0}"],
        Backdrop.Gradient => ["a gradient from {0} to {1}", "a {0} and {1} gradient"],
        _ => ["an empty room", "a room with a wooden floor"],
    };

    /// <summary>Names of a carrier of text.</summary>
    public static string[] Carriers(SignKind kind) => kind switch
    {
        SignKind.Sign => ["sign", "sign", "sign", "sign", "street sign", "road sign", "board", "signpost"],
        SignKind.Poster => ["poster", "poster", "wall poster"],
        SignKind.Billboard => ["billboard", "billboard", "advertising board", "large billboard"],
        SignKind.TShirt => ["t-shirt", "t-shirt", "shirt", "tee", "tshirt"],
        SignKind.Banner => ["banner", "banner", "ribbon banner", "ribbon"],
        SignKind.NeonSign => ["neon sign", "neon sign", "glowing neon sign", "neon light sign", "bright neon sign"],
        SignKind.BookCover => ["book", "book cover", "book"],
        SignKind.Chalkboard => ["chalkboard", "blackboard", "chalk board"],
        SignKind.Paper => ["piece of paper", "note", "sheet of paper", "card", "paper sign", "sign"],
        SignKind.SpeechBubble => ["speech bubble", "speech balloon", "bubble"],
        _ => ["text"],
    };

    /// <summary>Names of what is worn; the first word may follow a colour.</summary>
    public static string[] Wear(Accessory accessory) => accessory switch
    {
        Accessory.Hat => ["hat", "top hat", "hat"],
        Accessory.Sunglasses => ["sunglasses", "glasses", "sunglasses"],
        Accessory.Crown => ["crown"],
        Accessory.Scarf => ["scarf"],
        _ => ["party hat", "pointed hat", "birthday hat"],
    };

    /// <summary>Every phrase of every table, for the vocabulary.</summary>
    public static IEnumerable<string> All()
    {
        string[][] phrases =
        [
            [Glue], Media, .. Nouns.Select(list => list.SelectMany(noun => noun.Split('/')).ToArray()), .. Nouns.Select(list => list.Select(Plural).ToArray()), .. Colors,
            .. Enum.GetValues<ThingSize>().Select(Sizes), .. Enum.GetValues<SceneStyle>().Select(Before), .. Enum.GetValues<SceneStyle>().Select(After),
            .. Enum.GetValues<Backdrop>().Select(Places), .. Enum.GetValues<Backdrop>().Select(Views), .. Enum.GetValues<SignKind>().Select(Carriers),
            .. Enum.GetValues<Accessory>().Select(Wear),
        ];
        return phrases.SelectMany(list => list);
    }

    /// <summary>The singular of a table entry.</summary>
    public static string Singular(string noun) => noun.IndexOf('/') is var slash and >= 0 ? noun[..slash] : noun;

    /// <summary>The plural of a table entry.</summary>
    public static string Plural(string noun)
    {
        if (noun.IndexOf('/') is var slash and >= 0)
            return noun[(slash + 1)..];
        return noun switch
        {
            [.., 's' or 'x'] or [.., 's' or 'c', 'h'] => noun + "es",
            [.., not ('a' or 'e' or 'o' or 'u'), 'y'] => noun[..^1] + "ies",
            _ => noun + "s",
        };
    }

    private static string Noun(ThingKind kind) => kind switch
    {
        ThingKind.Circle => "circle|circle|disc|dot|disk",
        ThingKind.Square => "square|square|box",
        ThingKind.Sphere => "ball|sphere|ball|orb",
        ThingKind.Star => "star",
        ThingKind.Heart => "heart|heart|love heart",
        ThingKind.Diamond => "diamond|diamond|rhombus",
        ThingKind.Cube => "cube|cube|block|box",
        ThingKind.Moon => "moon|crescent moon|moon|half moon",
        ThingKind.Tree => "tree|tree|oak tree",
        ThingKind.Pine => "pine|pine tree|fir tree|christmas tree|fir",
        ThingKind.PalmTree => "palm tree|palm|coconut tree",
        ThingKind.Flower => "flower|flower|blossom|daisy",
        ThingKind.Mushroom => "mushroom|mushroom|toadstool",
        ThingKind.Cactus => "cactus/cacti|cactus",
        ThingKind.Mountain => "mountain|mountain|peak",
        ThingKind.Snowman => "snowman/snowmen",
        ThingKind.House => "house|house|home|cottage|hut",
        ThingKind.Castle => "castle|castle|fortress",
        ThingKind.Boat => "boat|boat|sailboat|ship|sailing boat|sailing ship|yacht",
        ThingKind.Car => "car|car|automobile|vehicle",
        ThingKind.Bus => "bus|bus|coach",
        ThingKind.Balloon => "balloon|balloon|toy balloon",
        ThingKind.Rocket => "rocket|rocket|spaceship|space rocket|spacecraft/spacecraft",
        ThingKind.Cup => "cup|mug|cup of coffee/cups of coffee|cup of tea/cups of tea|coffee mug|coffee cup|teacup",
        ThingKind.Cake => "cake|cake|birthday cake",
        ThingKind.Robot => "robot|robot|android|droid",
        ThingKind.Gift => "gift|present|gift box|gift",
        ThingKind.IceCream => "ice cream|ice cream cone|ice cream|ice-cream",
        ThingKind.Cat => "cat|cat|cat|kitten|kitty",
        ThingKind.Dog => "dog|dog|dog|puppy|doggy|hound",
        ThingKind.Fish => "fish/fish|fish/fish|goldfish/goldfish",
        ThingKind.Bird => "bird|bird|songbird",
        ThingKind.Rabbit => "rabbit|rabbit|bunny|hare",
        ThingKind.Panda => "panda|panda|panda bear",
        ThingKind.Bear => "bear|bear|teddy bear",
        ThingKind.Horse => "horse|horse|pony",
        ThingKind.Duck => "duck|duck|duckling|rubber duck",
        ThingKind.Frog => "frog|frog|toad",
        ThingKind.Ghost => "ghost|ghost|spirit",
        ThingKind.Astronaut => "astronaut|astronaut|spaceman/spacemen|cosmonaut",
        _ => kind.ToString().ToLowerInvariant() switch { "palmtree" => "palm tree", var name => name },
    };
}

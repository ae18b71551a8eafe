namespace FloydSharp.Training.World;

/// <summary>The words of prompts, for building a tokenizer.</summary>
public static class WorldVocabulary
{
    private const int SampledCaptions = 8000;

    // What people write in prompts beyond the grammar, the reference's example prompts among it.
    private const string Prompts =
        "photograph photo picture image painting portrait landscape render rendering rendered 3d cgi cinematic film movie still scene shot view closeup close-up wide angle macro lens bokeh depth field focus " +
        "sharp detailed highly intricate realistic photorealistic hyperrealistic professional quality best masterpiece award winning beautiful pretty cute adorable funny happy sad angry smiling laughing sleeping " +
        "old young new ancient modern future futuristic vintage retro classic antique fantasy magic magical mystical epic dramatic dark light bright soft warm cold colorful colourful vibrant pastel monochrome " +
        "sunlight moonlight sunrise dawn morning noon evening night midnight day sunny rainy cloudy foggy misty stormy windy rain fog storm lightning thunder rainbow fire flame smoke ice water glass metal wood wooden " +
        "stone marble gold silver bronze plastic rubber leather silk wool cotton velvet paper cardboard clay lego origami mosaic stained sculpture statue figurine toy doll puppet plush balloon tattoo sticker logo icon " +
        "emoji comic manga cartoon disney pixar ghibli studio concept design art artwork artist digital drawing sketch ink pen charcoal pastel acrylic canvas impressionist impressionism surreal surrealism abstract cubist " +
        "minimalist baroque renaissance gothic steampunk cyberpunk vaporwave synthwave noir punk pop style styled van gogh picasso monet dali rembrandt vermeer hokusai banksy trending artstation unreal engine octane " +
        "man woman boy girl child baby person people human king queen prince princess knight wizard witch pirate ninja samurai soldier warrior hero superhero villain doctor teacher chef cook farmer sailor pilot driver " +
        "police officer firefighter scientist musician dancer singer clown santa angel devil fairy elf dwarf giant monster alien zombie vampire mermaid unicorn dragon phoenix dinosaur rex lion tiger elephant giraffe zebra " +
        "monkey gorilla kangaroo koala fox wolf deer moose squirrel raccoon hedgehog otter beaver seal whale shark dolphin octopus squid crab lobster jellyfish turtle tortoise snake lizard crocodile parrot eagle hawk " +
        "crow raven swan goose turkey chicken rooster hen pig cow bull sheep goat llama alpaca camel donkey hamster mouse rat corgi poodle bulldog husky shiba retriever labrador siamese persian tabby bee ant spider ladybug " +
        "snail worm dragonfly hoodie eiffel tower very deep learning jacket coat dress suit tie shirt trousers pants jeans shorts skirt shoes boots sneakers socks gloves cap helmet glasses goggles mask cape backpack bag " +
        "hair beard eyes face head hand hands arm arms leg legs foot feet tail ears nose mouth teeth wings feathers fur skin body heart brain ruins ruin temple church cathedral palace mansion skyscraper building bridge " +
        "road path street alley market shop store cafe restaurant bar kitchen bedroom bathroom living library school office hospital factory farm barn garden park playground stadium theatre theater museum gallery station " +
        "airport harbor harbour port lighthouse windmill island volcano waterfall river lake pond stream ocean beach coast cliff cave canyon valley hill hills field fields jungle swamp planet earth mars saturn jupiter comet " +
        "asteroid nebula constellation satellite ufo train tram truck van taxi bicycle bike motorcycle scooter skateboard plane airplane aeroplane helicopter submarine tank tractor wagon carriage cart wheel engine computer " +
        "laptop keyboard phone camera television tv screen monitor radio clock watch lamp lantern candle torch mirror window door wall floor ceiling stairs table chair sofa couch bed desk shelf book books pencil brush " +
        "scissors knife fork spoon plate bowl bottle glass jar box basket bucket key lock sword shield bow arrow gun hammer axe guitar piano violin drum trumpet ball football soccer basketball tennis baseball chess dice " +
        "card cards kite swing slide bread cheese pizza burger sandwich hotdog taco sushi noodles soup salad egg eggs bacon steak fruit banana orange lemon lime grapes strawberry cherry peach pear pineapple watermelon " +
        "coconut avocado tomato potato carrot corn pumpkin onion pepper mushroom chocolate candy cookie donut pie pancake waffle coffee tea milk juice beer wine rose roses tulip sunflower lily lotus leaf leaves branch root " +
        "grass bush vine seed snowflake icicle standing sitting lying walking running jumping flying swimming dancing singing playing eating drinking cooking reading writing painting looking watching holding carrying " +
        "wearing riding driving sailing fishing climbing hiking surfing skiing skating fighting hugging kissing waving pointing throwing catching kicking cutting opening closing floating falling burning melting exploding " +
        "glowing shining sparkling reflecting surrounded covered filled full empty made shaped inspired based looking like as from into through across along around behind beyond during without within while when where who " +
        "what his her their my your our this these those some many few lot lots each every all both other another same different very really so too just also only not no yes or but if then than more most less least " +
        "i you he she we they me him them us be been being was were will would can could may might must do does did have had get got go goes going come comes coming take takes taking make makes making give gives put " +
        "tall short long wide narrow thick thin fat heavy round flat curved straight rough smooth shiny matte transparent fluffy furry hairy spiky sharp clean dirty wet dry hot fresh rotten broken whole half quarter " +
        "hundred thousand first second third last six seven eight nine ten dozen couple rock rocks sand snowy frozen frosty christmas halloween easter birthday party wedding festival holiday summer winter spring autumn fall " +
        "spaceship robotics droid cyborg mecha armor armour crystal crystals gem gems jewel jewels diamond ruby emerald treasure chest coin coins map compass telescope potion scroll spell portal gate throne flag banner " +
        "fractal pattern texture wallpaper poster cover album magazine postcard stamp label shirt mug tote background foreground border frame isolated symmetrical centered centred white black red isometric aerial top front " +
        "product food fashion nature wildlife architecture interior exterior studio lighting volumetric rim backlit silhouette shadow shadows reflection contrast exposure grain polaroid analog 35mm 4k 8k hd uhd hdr dslr";

    private static readonly Lazy<(string, double)[]> Counted = new(Count);

    /// <summary>Words in lower case with rough frequencies that sum to 1, most frequent first; texts in quotation marks are not counted.</summary>
    public static IReadOnlyList<(string Word, double Weight)> Words => Counted.Value;

    /// <summary>The common words that signs show, lower case, sorted. Signs also show arbitrary letters and digits.</summary>
    public static IReadOnlyList<string> SignWords => World.SignWords.All;

    /// <summary>The words of a caption: lower case, without texts in quotation marks and without punctuation.</summary>
    /// <param name="caption">A caption.</param>
    public static IEnumerable<string> Split(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var outside = caption;
        foreach (var quote in "\"'")
        {
            for (var from = outside.IndexOf(quote); from >= 0; from = outside.IndexOf(quote))
            {
                var to = outside.IndexOf(quote, from + 1);
                outside = to < 0 ? outside[..from] : outside[..from] + ' ' + outside[(to + 1)..];
            }
        }

        return outside.ToLowerInvariant().Split([' ', ',', '.', '|', '{', '}'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static (string, double)[] Count()
    {
        var counts = new Dictionary<string, double>();
        void Add(string word, double weight) => counts[word] = counts.GetValueOrDefault(word) + weight;

        for (var seed = 0; seed < SampledCaptions; seed++)
        {
            var random = new Random(seed);
            foreach (var word in Split(SceneCaption.Describe(SceneSampler.Sample(random), random)))
                Add(word, 1);
        }

        // Rare alternatives of the grammar may be absent from a sample, prompts of people are by nature.
        foreach (var word in CaptionTables.All().SelectMany(Split).Where(word => word is not ("0" or "1")))
            Add(word, 1);
        foreach (var word in Split(Prompts))
            Add(word, 3);
        var total = counts.Values.Sum();
        return [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value / total))];
    }
}

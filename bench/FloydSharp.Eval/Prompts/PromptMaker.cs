using FloydSharp.Training.World;

namespace FloydSharp.Eval.Prompts;

/// <summary>
/// Makes the list of prompts; run once, its result is kept in prompts.jsonl. Scenes come from reserved seeds. Half of the words are not in
/// the training's list of words; the sentences are written here and name every fact that is asked.
/// </summary>
internal sealed class PromptMaker
{
    // By length, from 2 on: none stands in the training's list of words.
    private static readonly string[][] NewWords =
    [
        ["ox", "ax", "yo"], ["yak", "emu", "gnu"], ["ibex", "newt", "lynx"], ["gecko", "bongo", "vinyl"],
        ["walrus", "zipper", "weasel"], ["gazelle", "muffins", "kayaker"], ["kangaroo", "squirrel", "pancakes"],
        ["crocodile", "jellyfish", "porcupine"], ["salamander", "chimpanzee", "cantaloupe"],
    ];

    private readonly List<HeldOutPrompt> _prompts = [];
    private int _seed = ReservedSeeds.Prompts;

    /// <summary>The 200 prompts.</summary>
    public static IReadOnlyList<HeldOutPrompt> Make()
    {
        var maker = new PromptMaker();
        maker.Texts();
        maker.Objects();
        maker.Counts();
        maker.Relations();
        maker.Styles();
        return maker._prompts;
    }

    /// <summary>A thing in words: two red cats.</summary>
    public static string Noun(AskedThing thing)
    {
        var noun = CaptionTables.NounsOf(thing.Kind)[0];
        var word = thing.Count > 1 ? CaptionTables.Plural(noun) : CaptionTables.Singular(noun);
        var phrase = thing.Color is { } color ? $"{Color(color)} {word}" : word;
        string[] numbers = ["no", "a", "two", "three", "four", "five"];
        var article = thing.Count == 1 && phrase[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : numbers[thing.Count];
        return $"{article} {phrase}";
    }

    private static string Color(SceneColor color) => CaptionTables.ColorWords(color)[0];

    /// <summary>The backdrop in words, with a space before it; nothing when none is asked.</summary>
    public static string Place(AskedFacts asked) => asked.Backdrop is { } backdrop
        ? " " + string.Format(System.Globalization.CultureInfo.InvariantCulture, CaptionTables.Places(backdrop)[0], asked.BackdropColor is { } c ? Color(c) : "", "")
            .Replace(" a orange", " an orange", StringComparison.Ordinal)
        : "";

    // Texts of length 1 to 10, 12 each: 6 words (none of one letter) and 6 strings of letters and digits.
    private void Texts()
    {
        SignKind[] kinds =
        [
            SignKind.Sign, SignKind.Poster, SignKind.Billboard, SignKind.NeonSign, SignKind.Banner, SignKind.Lettering, SignKind.Chalkboard, SignKind.Paper,
            SignKind.TShirt, SignKind.Sign, SignKind.BookCover, SignKind.SpeechBubble,
        ];
        var k = 0;
        for (var length = 1; length <= 10; length++)
        {
            for (var i = 0; i < 12; i++, k++)
            {
                var word = i < 6 && length > 1;
                var random = ReservedSeeds.Of(_seed);
                var text = word ? Word(random, length, i) : Letters(random, length, i % 4 == 3);
                var kind = kinds[k % kinds.Length];
                if ((kind is SignKind.TShirt && length > 7) || (kind is SignKind.BookCover or SignKind.SpeechBubble && length > 8))
                    kind = SignKind.Sign;
                var scene = ReservedSeeds.Scene(_seed++, new() { Text = text, Sign = kind, Style = SceneStyle.Flat });
                var asked = new AskedFacts { Text = text };
                var carrier = CaptionTables.Carriers(kind)[0];
                var says = (k % 4) switch { 0 => "that says", 1 => "with the text", 2 => "with the word", _ => "saying" };
                var prompt = kind is SignKind.Lettering ? $"the {(word ? "word" : "letters")} \"{text}\"" : $"a {carrier} {says} \"{text}\"";
                if (scene.Groups.Count > 0 && k % 2 == 0)
                {
                    asked = asked with { Things = [AskedFacts.Of(scene).Things[0]] };
                    prompt = $"{Noun(asked.Things[0])} and {prompt}";
                }

                Add(word ? "word" : "letters", prompt, asked, scene);
            }
        }
    }

    private void Objects()
    {
        for (var i = 0; i < 25; i++)
        {
            var kind = (ThingKind)((i * 7) % 50);
            var scene = Scene(new() { HasText = false, Kind = kind, Count = 1, Style = SceneStyle.Flat }, s => s.Backdrop is not Backdrop.Gradient && s.Groups[0].Size is ThingSize.Normal or ThingSize.Big);
            var asked = AskedFacts.Of(scene) with { Style = null };
            Add("object", Noun(asked.Things[0]) + Place(asked), asked, scene);
        }

        (string Prompt, SceneOptions Options)[] natural =
        [
            ("a photo of a red sports car driving through the desert", new() { Kind = ThingKind.Car, Color = SceneColor.Red, Backdrop = Backdrop.Desert }),
            ("my cat, she is black, sitting in the snow", new() { Kind = ThingKind.Cat, Color = SceneColor.Black, Backdrop = Backdrop.Snow }),
            ("yellow rubber duck on the sea", new() { Kind = ThingKind.Duck, Color = SceneColor.Yellow, Backdrop = Backdrop.Sea }),
            ("an astronaut in white lost in space", new() { Kind = ThingKind.Astronaut, Color = SceneColor.White, Backdrop = Backdrop.Space }),
            ("there is a small house, painted blue, and grass all around: a meadow", new() { Kind = ThingKind.House, Color = SceneColor.Blue, Backdrop = Backdrop.Meadow }),
        ];
        foreach (var (prompt, options) in natural)
        {
            var scene = Scene(options with { HasText = false, Count = 1, Style = SceneStyle.Flat }, _ => true);
            Add("object", prompt, AskedFacts.Of(scene) with { Style = null }, scene);
        }
    }

    private void Counts()
    {
        for (var i = 0; i < 18; i++)
        {
            var scene = Scene(new() { HasText = false, Kind = (ThingKind)((i * 11 + 3) % 50), Count = 2 + (i % 4), Style = SceneStyle.Flat }, s => s.Backdrop is not Backdrop.Gradient);
            var asked = AskedFacts.Of(scene) with { Style = null, Backdrop = null, BackdropColor = null };
            Add("count", Noun(asked.Things[0]) + Place(AskedFacts.Of(scene)), asked, scene);
        }
    }

    private void Relations()
    {
        for (var i = 0; i < 22; i++)
        {
            var kind = (SpatialRelation)(i % 9);
            var scene = Scene(new() { HasText = false, Relation = kind, Style = SceneStyle.Flat }, s => s.Groups.Count == 2);
            var asked = AskedFacts.Of(scene) with { Style = null, Backdrop = null, BackdropColor = null };
            var words = kind switch
            {
                SpatialRelation.LeftOf => "to the left of", SpatialRelation.RightOf => "to the right of", SpatialRelation.Above => "above", SpatialRelation.Below => "below",
                SpatialRelation.OnTopOf => "on top of", SpatialRelation.Between => "between", SpatialRelation.Inside => "inside", SpatialRelation.Riding => "riding", _ => "holding",
            };
            Add("relation", $"{Noun(asked.Things[asked.Relation!.Subject])} {words} {Noun(asked.Things[asked.Relation.Object])}", asked, scene);
        }
    }

    private void Styles()
    {
        for (var i = 0; i < 10; i++)
        {
            var style = (SceneStyle)(1 + (i % 8));
            var scene = Scene(new() { HasText = false, Kind = (ThingKind)((i * 13 + 5) % 50), Count = 1, Style = style }, s => s.Groups[0].Size is ThingSize.Normal or ThingSize.Big);
            var asked = AskedFacts.Of(scene) with { Backdrop = null, BackdropColor = null };
            Add("style", $"{CaptionTables.Before(style)[0]} {Noun(asked.Things[0])}", asked, scene);
        }
    }

    private Scene Scene(SceneOptions options, Func<Scene, bool> accept)
    {
        while (true)
        {
            var scene = ReservedSeeds.Scene(_seed++, options);
            if (accept(scene) && scene.Groups.All(g => g.Wears is null))
                return scene;
        }
    }

    private void Add(string group, string prompt, AskedFacts asked, Scene scene) =>
        _prompts.Add(new(_prompts.Count, group, prompt, asked, scene));

    private static string Word(Random random, int length, int i)
    {
        if (i < 3)
            return NewWords[length - 2][i];
        var known = WorldVocabulary.SignWords.Where(w => w.Length == length).ToArray();
        return known[random.Next(known.Length)];
    }

    private static string Letters(Random random, int length, bool digits) => string.Concat(
        Enumerable.Range(0, length).Select(_ => digits && random.Next(3) == 0 ? (char)('0' + random.Next(10)) : (char)('a' + random.Next(26))));
}

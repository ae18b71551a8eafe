using static FloydSharp.Training.World.CaptionTables;

namespace FloydSharp.Training.World;

/// <summary>Writes one caption. Details are left out by chance; what is said is taken from the scene alone.</summary>
internal sealed class CaptionWriter(Scene scene, Random random)
{
    private readonly bool _colors = scene.Style is not SceneStyle.Blueprint;
    private readonly bool _short = random.Chance(0.22);
    private readonly char _quote = random.Chance(0.78) ? '"' : '\'';

    /// <summary>The caption.</summary>
    public string Write()
    {
        var core = scene.Sign is { } sign ? SignScene(sign) : scene.Groups.Count == 0 ? View() : Things();
        var place = scene.Groups.Count == 0 && scene.Sign is null ? "" : Place();
        var styled = scene.Style is SceneStyle.Flat ? random.Chance(0.12) : random.Chance(0.85);
        var prefix = "";
        var suffix = "";
        if (styled && random.Chance(0.5))
            prefix = random.Of<string>(Before(scene.Style)) + " ";
        else if (styled)
            suffix = random.Of<string>(After(scene.Style));
        if (prefix.Length == 0 && !_short && random.Chance(0.25))
            prefix = random.Of<string>(Media.AsSpan(0, scene.Style is SceneStyle.Flat ? Media.Length : 6)) + " ";

        var text = place.Length == 0 ? core
            : prefix.Length == 0 && StartsLikePlace(place) && random.Chance(0.1) ? $"{place}, {core}"
            : $"{core}{(StartsLikePlace(place) && random.Chance(0.85) ? " " : ", ")}{place}";
        text = prefix + text;
        if (suffix.Length > 0)
            text = random.Chance(0.12) && prefix.Length == 0 ? $"{suffix}, {text}" : $"{text}{(StartsLikePlace(suffix) && random.Chance(0.6) ? " " : ", ")}{suffix}";
        return text;
    }

    private static bool StartsLikePlace(string phrase) =>
        phrase.StartsWith("in ") || phrase.StartsWith("on ") || phrase.StartsWith("at ") || phrase.StartsWith("with ") || phrase.StartsWith("against ")
        || phrase.StartsWith("under ") || phrase.StartsWith("by ") || phrase.StartsWith("among ") || phrase.StartsWith("as ") || phrase.StartsWith("drawn ")
        || phrase.StartsWith("made ") || phrase.StartsWith("painted ") || phrase.StartsWith("during ") || phrase.StartsWith("while ") || phrase.StartsWith("inside ")
        || phrase.StartsWith("cut ") || phrase.StartsWith("floating ");

    private static string Article(string phrase) => (phrase[0] is 'a' or 'e' or 'i' or 'o' or 'u' or '8' ? "an " : "a ") + phrase;

    private string Color(SceneColor color) => random.Of<string>(ColorWords(color));

    private string View() => Colored(random.Of<string>(Views(scene.Backdrop)));

    private string Place()
    {
        if (scene.Style is SceneStyle.Blueprint || random.Chance(_short ? 0.8 : 0.28))
            return "";
        if (scene.Backdrop is Backdrop.Plain && scene.Style is SceneStyle.PencilSketch)
            return random.Of("on white paper", "on paper", "on a white background");
        if (scene.Backdrop is Backdrop.Plain && scene.Style is SceneStyle.Neon)
            return random.Of("on a black background", "in the dark", "on black", "against a dark background");
        return Colored(random.Of<string>(Places(scene.Backdrop)));
    }

    private string Colored(string phrase)
    {
        phrase = phrase.Replace("{0}", Color(scene.BackdropColor)).Replace("{1}", Color(scene.BackdropColor2));
        return phrase.Replace("a orange", "an orange");
    }

    private string Things()
    {
        if (scene.Relation is not { } relation)
            return string.Join(" and ", scene.Groups.Select(group => Name(group)));
        var (subject, target) = (Name(scene.Groups[relation.Subject]), Name(scene.Groups[relation.Object]));
        if (relation.Kind is SpatialRelation.LeftOf or SpatialRelation.RightOf)
            return Beside(relation.Kind is SpatialRelation.LeftOf, subject, target);
        if (relation.Kind is not SpatialRelation.Between && random.Chance(0.06))
            return random.Chance(0.5) ? $"{subject} and {target}" : $"{target} and {subject}";
        switch (relation.Kind)
        {
            case SpatialRelation.Above:
                return Over(subject, target);
            case SpatialRelation.Below:
                return Over(target, subject);
            case SpatialRelation.OnTopOf:
                return random.Chance(0.15) ? $"{target} with {subject} on top" : $"{subject} {random.Of("on top of", "on top of", "on", "standing on", "sitting on")} {target}";
            case SpatialRelation.Inside:
                return random.Chance(0.2) ? $"{target} with {subject} inside" : $"{subject} {random.Of("inside", "inside", "in", "within")} {target}";
            case SpatialRelation.Riding:
                return $"{subject} {random.Of("riding", "riding", "riding on", "on", "sitting on")} {target}";
            case SpatialRelation.Holding:
                return $"{subject} {random.Of("holding", "holding", "with", "holding up")} {target}";
            default:
                if (relation.Third is { } third)
                    return $"{subject} between {target} and {Name(scene.Groups[third])}";
                return random.Chance(0.2) ? $"{subject} in the middle with {target} on either side"
                    : $"{subject} {random.Of("between", "between", "in between")} {target}";
        }
    }

    private string Beside(bool subjectIsLeft, string subject, string target)
    {
        var (left, right) = subjectIsLeft ? (subject, target) : (target, subject);
        return random.Next(12) switch
        {
            0 => $"{left} on the left and {right} on the right",
            1 => $"{right} on the right and {left} on the left",
            2 => $"{subject} {random.Of("next to", "beside", "by", "near")} {target}",
            3 => $"{target} {random.Of("next to", "beside")} {subject}",
            4 => $"{subject} and {target}",
            < 9 => $"{left} {random.Of("to the left of", "on the left of", "left of", "to the left of")} {right}",
            _ => $"{right} {random.Of("to the right of", "on the right of", "right of", "to the right of")} {left}",
        };
    }

    private string Over(string upper, string lower) => random.Chance(0.5)
        ? $"{upper} {random.Of("above", "above", "over")} {lower}"
        : $"{lower} {random.Of("below", "below", "under", "beneath", "underneath")} {upper}";

    private string SignScene(SceneSign sign)
    {
        var text = SignPhrase(sign);
        if (scene.Groups.Count == 0 || (scene.Relation?.Kind is not SpatialRelation.Holding && random.Chance(0.07)))
            return text;
        var thing = Name(scene.Groups[0]);
        if (scene.Relation is { Kind: SpatialRelation.Holding })
            return $"{thing} {random.Of("holding", "holding", "holding", "with", "holding up")} {text}";
        if (sign.Kind is SignKind.SpeechBubble)
        {
            return random.Chance(0.6)
                ? $"{thing} {(scene.Groups[0].Count == 1 ? random.Of("saying", "saying", "that says", "says") : "saying")} {Quoted(sign)}"
                : $"{thing} with {text}";
        }

        if (random.Chance(0.2))
            return random.Chance(0.5) ? $"{thing} and {text}" : $"{text} and {thing}";
        return scene.Relation is { Kind: SpatialRelation.Above } ? Over(thing, text) : Over(text, thing);
    }

    private string SignPhrase(SceneSign sign)
    {
        var quoted = Quoted(sign);
        if (sign.Kind is SignKind.Lettering)
        {
            var ink = _colors && random.Chance(_short ? 0.4 : 0.65) ? Color(sign.Ink) : "";
            return random.Next(5) switch
            {
                0 when ink.Length > 0 => $"{ink} {random.Of("text", "letters", "lettering", "writing")} {random.Of("saying", "that says", "reading")} {quoted}".Replace("letters that says", "letters that say"),
                1 when ink.Length > 0 => $"the {ink} {Kind(sign)} {quoted}",
                2 when ink.Length == 0 => quoted,
                _ => $"the {Kind(sign)} {quoted}{(ink.Length > 0 ? $" {random.Of("in", "written in", "in big")} {ink}{random.Of(" letters", " text", " letters")}" : random.Of("", "", " in big letters"))}",
            };
        }

        var board = Board(sign);
        var tail = Ink(sign);
        return random.Next(12) switch
        {
            0 => $"the {Kind(sign)} {quoted} on {Article(board)}{tail}",
            1 => $"{quoted} {random.Of("on", "written on")} {Article(board)}{tail}",
            2 => $"{Article(board)} with {quoted} {random.Of("on it", "written on it")}{tail}",
            3 => $"{Article(board)} with the {Kind(sign)} {quoted}{tail}",
            4 => $"{Article(board)} with {random.Of("the text", "text", "the writing", "the message", "the text")} {quoted}{tail}",
            5 => $"{Article(board)} {random.Of("reading", "that reads", "which reads")} {quoted}{tail}",
            6 => $"{Article(board)} saying {quoted}{tail}",
            7 => $"{Article(board)} labelled {quoted}{tail}",
            _ => $"{Article(board)} {random.Of("that says", "that says", "that says", "which says", "saying")} {quoted}{tail}",
        };
    }

    private string Board(SceneSign sign)
    {
        var noun = random.Of<string>(Carriers(sign.Kind));
        if (!_colors || scene.Style is SceneStyle.Neon && sign.Kind is not SignKind.NeonSign || !random.Chance(_short ? 0.35 : 0.6))
            return noun;
        return sign.Kind switch
        {
            SignKind.Chalkboard => sign.Board is SceneColor.Green && noun is not "blackboard" ? $"green {noun}" : noun,
            SignKind.NeonSign => $"{Color(sign.Ink)} {noun}",
            SignKind.Sign when sign.Board is SceneColor.Brown && random.Chance(0.5) => "wooden sign",
            _ => $"{Color(sign.Board)} {noun}",
        };
    }

    private string Ink(SceneSign sign)
    {
        if (!_colors || sign.Kind is SignKind.NeonSign || !random.Chance(_short ? 0.1 : 0.3))
            return "";
        var color = Color(sign.Ink);
        return sign.Kind is SignKind.Chalkboard && random.Chance(0.5)
            ? random.Of($" in {color} chalk", " in chalk", " written in chalk")
            : $" {random.Of("in", "in", "written in", "with")} {color} {random.Of("letters", "letters", "text", "lettering")}";
    }

    // "word" and "number" only where they are true.
    private string Kind(SceneSign sign)
    {
        var text = sign.Text;
        if (text.AsSpan().ContainsAnyExceptInRange('a', 'z') is false && text.Length > 1)
            return random.Of("word", "word", "text", "letters");
        if (text.AsSpan().ContainsAnyExceptInRange('0', '9') is false)
            return random.Of("number", "text", "number");
        return text.Length == 1 ? random.Of("letter", "text") : text.Contains(' ') ? random.Of("words", "words", "text") : "text";
    }

    private string Quoted(SceneSign sign) => $"{_quote}{sign.Text}{_quote}";

    private string Name(SceneGroup group)
    {
        var traits = ThingTraits.Of(group.Kind);
        var entry = random.Of<string>(NounsOf(group.Kind));
        var many = group.Count > 1;
        var phrase = many ? Plural(entry) : Singular(entry);
        var isNatural = Array.IndexOf(traits.Natural, group.Color) >= 0;
        if (_colors && !traits.OnlyNatural && random.Chance(isNatural ? _short ? 0.3 : 0.6 : _short ? 0.85 : 0.95))
            phrase = $"{Color(group.Color)} {phrase}";
        if (Sizes(group.Size) is { Length: > 0 } sizes && random.Chance(_short ? 0.6 : 0.9))
            phrase = $"{random.Of<string>(sizes)} {phrase}";
        phrase = many ? $"{Count(group.Count)} {phrase}" : group.Kind is ThingKind.Sun ? $"{random.Of("the", "the", "a")} {phrase}" : Article(phrase);
        if (phrase.StartsWith("a ") && phrase[2] is 'a' or 'e' or 'i' or 'o' or 'u')
            phrase = $"an {phrase[2..]}";
        return group.Wears is { } wears && random.Chance(_short ? 0.6 : 0.9) ? $"{phrase} {Clothes(wears, group.WearsColor)}" : phrase;
    }

    private string Clothes(Accessory accessory, SceneColor color)
    {
        var noun = random.Of<string>(Wear(accessory));
        if (_colors && random.Chance(0.75))
            noun = $"{Color(color)} {noun}";
        return $"{random.Of("wearing", "wearing", "with", "in")} {(accessory is Accessory.Sunglasses ? noun : Article(noun))}";
    }

    private string Count(int count) => count switch
    {
        2 => random.Of("two", "two", "two", "2", "a pair of"),
        3 => random.Of("three", "three", "3"),
        4 => random.Of("four", "four", "4"),
        _ => random.Of("five", "five", "5"),
    };
}

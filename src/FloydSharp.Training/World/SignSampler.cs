using FloydSharp.IO;
using static FloydSharp.Training.World.SceneColor;

namespace FloydSharp.Training.World;

/// <summary>Invents scenes with a text.</summary>
internal static class SignSampler
{
    private static readonly (SignKind, double)[] Kinds =
    [
        (SignKind.Sign, 2.6), (SignKind.Poster, 1.1), (SignKind.Billboard, 1.1), (SignKind.TShirt, 0.8), (SignKind.Banner, 0.9), (SignKind.NeonSign, 1.3),
        (SignKind.BookCover, 0.8), (SignKind.Chalkboard, 0.8), (SignKind.Paper, 0.6), (SignKind.SpeechBubble, 0.7), (SignKind.Lettering, 1.6),
    ];

    private static readonly SignFont[] Fonts =
        [SignFont.Sans, SignFont.Sans, SignFont.Geometric, SignFont.Geometric, SignFont.Slab, SignFont.Rounded, SignFont.Condensed, SignFont.Mono];

    private static readonly SceneColor[] Boards = [White, White, Red, Blue, Green, Yellow, Orange, Purple, Pink, Brown, Black, Turquoise, Grey];
    private static readonly SceneColor[] Inks = [Black, Black, White, White, Red, Blue, Yellow, Green, Purple, Orange, Pink, Turquoise, Brown];
    private static readonly SceneColor[] Glows = [Red, Orange, Yellow, Green, Blue, Purple, Pink, White, Turquoise];

    private static readonly Backdrop[] CalmBackdrops =
        [Backdrop.Plain, Backdrop.Plain, Backdrop.Plain, Backdrop.Gradient, Backdrop.NightSky, Backdrop.Space, Backdrop.BrickWall];

    private static readonly Backdrop[] Outdoors =
    [
        Backdrop.Plain, Backdrop.Plain, Backdrop.Gradient, Backdrop.Sky, Backdrop.Meadow, Backdrop.City, Backdrop.NightCity, Backdrop.Sunset, Backdrop.NightSky,
        Backdrop.Beach, Backdrop.Desert, Backdrop.Snow, Backdrop.Forest, Backdrop.Sea,
    ];

    private static readonly Backdrop[] Indoors = [Backdrop.Plain, Backdrop.Plain, Backdrop.Gradient, Backdrop.BrickWall, Backdrop.Room];

    private static readonly ThingKind[] Characters = [.. ThingTraits.Kinds.Where(kind => ThingTraits.Of(kind).IsCharacter)];

    public static Scene Sample(Random random, SceneOptions options, SceneStyle style)
    {
        var kind = options.Sign ?? random.Weighted(Kinds);
        if (options.Sign is null && style is SceneStyle.Neon && random.Chance(0.6))
            kind = SignKind.NeonSign;
        var perLine = kind is SignKind.TShirt ? 7 : kind is SignKind.BookCover or SignKind.SpeechBubble ? 8 : 10;
        var lines = options.Text is { } text ? Forced(text, perLine) : SignWords.Sample(random, options.MaxTextLength, perLine);
        var backdrop = options.Backdrop ?? kind switch
        {
            SignKind.Lettering => random.Of<Backdrop>(CalmBackdrops),
            SignKind.Poster or SignKind.BookCover or SignKind.TShirt or SignKind.Chalkboard or SignKind.Paper => random.Of<Backdrop>(Indoors),
            SignKind.NeonSign => random.Of(Backdrop.BrickWall, Backdrop.BrickWall, Backdrop.Plain, Backdrop.NightCity, Backdrop.NightSky),
            _ => random.Of<Backdrop>(Outdoors),
        };
        if (kind is SignKind.Lettering && style is SceneStyle.PencilSketch && options.Backdrop is null)
            backdrop = Backdrop.Plain;
        var narrowed = options with { Color = null };
        var stage = Stage.Sample(random, style is SceneStyle.Neon or SceneStyle.Blueprint && options.Backdrop is null ? narrowed : narrowed with { Backdrop = backdrop }, style, Habitat.Ground);
        var (board, ink) = Colors(random, kind, stage);
        var font = style is SceneStyle.PixelArt ? SignFont.Pixel : random.Chance(0.05) ? SignFont.Pixel : random.Of<SignFont>(Fonts);
        return Arrange(random, options, stage, new SceneSign(kind, lines, font, board, ink, 0, 0, 1, 1));
    }

    private static Scene Arrange(Random random, SceneOptions options, Stage stage, SceneSign sign)
    {
        var share = random.NextDouble();
        var withThing = options.Kind is not null || sign.Kind is SignKind.SpeechBubble || (sign.Kind is not (SignKind.TShirt or SignKind.BookCover) && share < 0.42);
        if (!withThing)
            return stage.Scene([], Alone(random, sign), null, random.Next());
        var holder = options.Kind is { } forced ? ThingTraits.Of(forced).IsCharacter && share < 0.5
            : sign.Kind is SignKind.SpeechBubble || (sign.Kind is SignKind.Sign or SignKind.Paper or SignKind.Banner && random.Chance(0.5));
        var kind = options.Kind ?? (holder ? random.Of<ThingKind>(Characters) : random.Of<ThingKind>(ThingTraits.Kinds));
        for (var attempt = 0; attempt < 20 && options.Kind is null && ThingTraits.Of(kind) is { OnlyNatural: true } only && !stage.IsVisible(only.Natural[0]); attempt++)
            kind = holder ? random.Of<ThingKind>(Characters) : random.Of<ThingKind>(ThingTraits.Kinds);
        var color = options.Color ?? stage.ColorFor(random, kind);
        var width = Width(random, sign, 0.94f);
        var left = (1 - width) / 2;
        if (sign.Kind is SignKind.SpeechBubble)
        {
            var height = sign.Lines.Count > 1 ? 0.44f : 0.36f;
            var speaker = new SceneGroup(kind, color, ThingSize.Normal, [new ScenePlace(random.Range(0.3, 0.7), 0.725f, 0.5f, random.Chance(0.5))]);
            return stage.Scene([speaker], sign with { X = left, Y = 0.04f, Width = width, Height = height }, new SceneRelation(SpatialRelation.Below, 0, SceneRelation.Sign), random.Next());
        }

        if (holder && sign.Kind is SignKind.Sign or SignKind.Paper or SignKind.Banner)
        {
            var height = sign.Lines.Count > 1 ? 0.38f : random.Range(0.27, 0.32);
            var character = new SceneGroup(kind, color, ThingSize.Normal, [new ScenePlace(0.5f, 0.37f, 0.68f)]);
            return stage.Scene([character], sign with { X = left, Y = 0.94f - height, Width = width, Height = height }, new SceneRelation(SpatialRelation.Holding, 0, SceneRelation.Sign), random.Next());
        }

        var over = random.Chance(0.7) || sign.Kind is SignKind.Sign or SignKind.Billboard;
        var count = options.Count ?? random.Weighted([(1, 0.65), (2, 0.15), (3, 0.2)]);
        var side = count switch { 1 => random.Range(0.4, 0.48), 2 => 0.4f, 3 => 0.3f, 4 => 0.22f, _ => 0.18f };
        var signHeight = sign.Lines.Count > 1 ? 0.42f : random.Range(0.3, 0.36);
        var y = over ? 0.965f - (side / 2) : 0.05f + (side / 2);
        var step = Math.Min(0.45f, 0.96f / count);
        var places = new ScenePlace[count];
        for (var i = 0; i < count; i++)
            places[i] = new ScenePlace((count == 1 ? random.Range(0.36, 0.64) : 0.5f) + ((i - ((count - 1) / 2f)) * step), y, side);
        var placed = sign with { X = left, Y = over ? 0.045f : 0.955f - signHeight, Width = width, Height = signHeight };
        var relation = new SceneRelation(over ? SpatialRelation.Below : SpatialRelation.Above, 0, SceneRelation.Sign);
        return stage.Scene([new SceneGroup(kind, color, ThingSize.Normal, places)], placed, relation, random.Next());
    }

    private static SceneSign Alone(Random random, SceneSign sign)
    {
        switch (sign.Kind)
        {
            case SignKind.TShirt:
                return sign with { X = 0.04f, Y = 0.06f, Width = 0.92f, Height = 0.9f };
            case SignKind.BookCover:
                return sign with { X = random.Range(0.11, 0.14), Y = 0.04f, Width = 0.75f, Height = 0.92f };
            case SignKind.Poster when random.Chance(0.5):
                return sign with { X = 0.08f, Y = 0.05f, Width = 0.84f, Height = 0.9f };
            default:
                var width = Width(random, sign, 0.94f);
                var height = sign.Kind switch
                {
                    SignKind.Chalkboard => random.Range(0.5, 0.62),
                    SignKind.Billboard => random.Range(0.4, 0.5),
                    SignKind.Lettering => 0.5f,
                    _ => random.Range(0.34, 0.56),
                };
                height = sign.Lines.Count > 1 ? Math.Max(height, 0.5f) : height;
                var lowest = sign.Kind is SignKind.Sign or SignKind.Billboard ? 0.8f : 0.95f;
                var y = sign.Kind is SignKind.Sign or SignKind.Billboard ? random.Range(0.08, Math.Max(0.1, lowest - height)) : (1 - height) * random.Range(0.35, 0.65);
                return sign with { X = (1 - width) * random.Range(0.3, 0.7), Y = y, Width = width, Height = height };
        }
    }

    // At 64 pixels a letter needs about six columns, the board its border.
    private static float Width(Random random, SceneSign sign, float limit)
    {
        var letters = sign.Lines.Max(line => line.Length);
        if (sign.Font is SignFont.Pixel)
            return Math.Max(random.Range(0.6, limit), Math.Min(1, ((letters * 6) + 5) / 64f));
        var least = Math.Min(limit, (letters * 0.105f) + 0.14f);
        return random.Range(Math.Min(limit, Math.Max(0.5f, least)), limit);
    }

    private static (SceneColor Board, SceneColor Ink) Colors(Random random, SignKind kind, Stage stage)
    {
        if (stage.Style is SceneStyle.Blueprint)
            return (Blue, White);
        if (stage.Style is SceneStyle.Neon || kind is SignKind.NeonSign)
            return (Black, random.Of<SceneColor>(Glows));
        if (kind is SignKind.Chalkboard)
            return (random.Of(Black, Black, Green), random.Of(White, White, Yellow, Pink));
        if (stage.Style is SceneStyle.PencilSketch)
            return (kind is SignKind.Lettering ? White : random.Of(White, White, Yellow, Pink, Turquoise), random.Of(Black, Black, Black, Blue, Red, Purple));
        SceneColor[] boards = kind switch
        {
            SignKind.Paper => [White, White, Yellow, Pink],
            SignKind.SpeechBubble => [White, White, White, Yellow],
            SignKind.Lettering => [stage.Upper],
            _ => Boards,
        };
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var board = random.Of<SceneColor>(boards);
            var ink = random.Of<SceneColor>(Inks);
            if (kind is SignKind.Lettering ? !stage.IsVisible(ink) || !ContrastsBackdrop(stage, ink) : Palette.Contrast(board, ink) < 3.2)
                continue;
            if (kind is not SignKind.Lettering && stage.Backdrop is Backdrop.Plain && board == stage.Upper)
                continue;
            return (board, ink);
        }

        return kind is SignKind.Lettering ? (stage.Upper, Palette.Brightness(Palette.Of(stage.Upper)) > 0.5f ? Black : White) : (White, Black);
    }

    private static bool ContrastsBackdrop(Stage stage, SceneColor ink) => stage.Backdrop switch
    {
        Backdrop.Plain => Palette.Contrast(stage.Upper, ink) >= 3.2,
        Backdrop.Gradient => Palette.Contrast(stage.Upper, ink) >= 2.4 && Palette.Contrast(stage.Lower, ink) >= 2.4,
        Backdrop.NightSky or Backdrop.Space or Backdrop.NightCity => Palette.Contrast(Black, ink) >= 5,
        Backdrop.BrickWall => ink is White or Yellow or Black,
        _ => ink is Black,
    };

    private static string[] Forced(string text, int perLine)
    {
        var clean = text.Trim().ToLowerInvariant();
        if (clean.Length is 0 or > 24 || clean.AsSpan().ContainsAnyExceptInRange(' ', '~') || clean.AsSpan().ContainsAny('"', '\''))
            throw new FloydException($"The text '{text}' cannot be drawn: expected 1 to 24 printable ASCII characters without quotation marks.");
        return SignWords.Wrap(clean, perLine);
    }
}

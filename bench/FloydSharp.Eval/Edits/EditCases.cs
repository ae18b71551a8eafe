using FloydSharp.Eval.Prompts;
using FloydSharp.Training.World;

namespace FloydSharp.Eval.Edits;

/// <summary>
/// The fixed list of edits, from reserved seeds. Inpainting: a sign's letters are masked and another text is asked for. Variation: a plain
/// scene is asked for in another style.
/// </summary>
internal static class EditCases
{
    private const int Each = 30;
    // The glow of neon letters fades out; this much of it may stay.
    private const int Faint = 8;

    private const int Seeds = ReservedSeeds.Prompts + 5_000_000;

    // Words of 3 to 6 letters that the held-out prompts do not have; strings of chance take turns with them.
    private static readonly string[] Words =
        ["cat", "star", "apple", "garden", "sun", "moon", "green", "summer", "tea", "cake", "happy", "winter", "box", "blue", "lucky"];

    private static readonly SignKind[] Carriers =
        [SignKind.Sign, SignKind.Poster, SignKind.Billboard, SignKind.Banner, SignKind.Chalkboard, SignKind.Paper, SignKind.NeonSign, SignKind.BookCover];

    // Neon and blueprint change the ground and the colours too, which is no fault of a variation.
    private static readonly SceneStyle[] Styles =
        [SceneStyle.PixelArt, SceneStyle.PencilSketch, SceneStyle.Watercolour, SceneStyle.Anime, SceneStyle.OilPainting, SceneStyle.PaperCut];

    /// <summary>All: first the inpaintings, then the variations.</summary>
    public static IReadOnlyList<EditCase> All { get; } =
        [.. Enumerable.Range(0, Each).Select(Inpainting), .. Enumerable.Range(Each, Each).Select(Variation)];

    private static EditCase Inpainting(int id)
    {
        var random = ReservedSeeds.Of(Seeds + id);
        var next = id % 2 == 0 ? Words[id / 2] : Letters(random, Words[id / 2].Length);
        var kind = Carriers[id % Carriers.Length];
        var options = new SceneOptions { Text = Letters(random, next.Length), Sign = kind, Style = SceneStyle.Flat };
        var before = ReservedSeeds.Scene(Seeds + 1000 + id, options);
        var sign = before.Sign!;
        var after = before with { Sign = sign with { Lines = [next] } };
        var thing = before.Groups.Count > 0 ? PromptMaker.Noun(AskedFacts.Of(before).Things[0]) + " and " : "";
        return new(id, before, after, $"{thing}a {CaptionTables.Carriers(kind)[0]} that says \"{next}\"", MaskOf(before, after));
    }

    private static EditCase Variation(int id)
    {
        var style = Styles[id % Styles.Length];
        for (var seed = Seeds + 100_000 + (id * 1000); ; seed++)
        {
            var scene = ReservedSeeds.Scene(seed, new() { HasText = false, Style = SceneStyle.Flat });
            var after = scene with { Style = style };
            if (scene.Groups.Count == 0 || scene.Groups.Any(g => g.Wears is not null || g.Places[0].Size < 0.25f) || !Shows(after))
                continue;
            var facts = AskedFacts.Of(scene);
            return new(id, scene, after, $"{string.Join(" and ", facts.Things.Select(PromptMaker.Noun))}{PromptMaker.Place(facts)}, {CaptionTables.After(style)[0]}", null);
        }
    }

    // A style that pales colours must leave these to be seen.
    private static bool Shows(Scene scene)
    {
        var stage = new Stage(scene.Style, scene.Backdrop, scene.BackdropColor, scene.BackdropColor2);
        return scene.Backdrop is not Backdrop.Gradient && scene.Groups.All(g => stage.IsVisible(g.Color));
    }

    // The letters' area with some room, and whatever of the old and the new letters reaches beyond it.
    private static (int Left, int Top, int Right, int Bottom) MaskOf(Scene before, Scene after)
    {
        const int cell = EditCase.Side / 64;
        var (left, top, right, bottom) = before.Sign!.TextArea;
        var (x0, y0, x1, y1) = ((int)(left * 64), (int)(top * 64), (int)Math.Ceiling(right * 64), (int)Math.Ceiling(bottom * 64));
        var (old, painted) = (SceneRenderer.Render(before, EditCase.Side), SceneRenderer.Render(after, EditCase.Side));
        for (var i = 0; i < old.Pixels.Length; i++)
        {
            if (Math.Abs(old.Pixels[i] - painted.Pixels[i]) <= Faint)
                continue;
            var (x, y) = (i / 3 % EditCase.Side / cell, i / 3 / EditCase.Side / cell);
            (x0, y0, x1, y1) = (Math.Min(x0, x), Math.Min(y0, y), Math.Max(x1, x + 1), Math.Max(y1, y + 1));
        }

        return (Math.Max(0, x0), Math.Max(0, y0), Math.Min(64, x1), Math.Min(64, y1));
    }

    private static string Letters(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26))));
}

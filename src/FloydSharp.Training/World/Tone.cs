using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>What the letters of Things.txt mean for a thing of a given colour.</summary>
internal static class Tone
{
    private static readonly SKColor Ink = new(30, 28, 34);

    /// <summary>The colour of a tone.</summary>
    /// <param name="tone">A letter of Things.txt.</param>
    /// <param name="main">The thing's colour.</param>
    public static SKColor Of(char tone, SceneColor main)
    {
        var color = Palette.Of(main);
        return tone switch
        {
            'm' => color,
            'd' => main is SceneColor.Black ? new SKColor(58, 58, 66) : Palette.Mix(color, Ink, 0.26f),
            'l' => main is SceneColor.White ? new SKColor(222, 228, 238)
                : Palette.Mix(color, SKColors.White, main is SceneColor.Black ? 0.2f : 0.38f),
            'k' => Ink,
            'e' => main is SceneColor.Black ? new SKColor(250, 214, 70) : main is SceneColor.Brown ? new SKColor(20, 14, 12) : Ink,
            'w' => SKColors.White,
            'W' => main is SceneColor.White ? new SKColor(236, 96, 96) : new SKColor(255, 252, 244),
            'a' => main is SceneColor.Yellow or SceneColor.Gold or SceneColor.Orange ? new SKColor(150, 70, 30) : new SKColor(255, 214, 60),
            'p' => new SKColor(244, 140, 160),
            'g' => new SKColor(60, 150, 62),
            't' => new SKColor(122, 78, 46),
            'y' => new SKColor(255, 222, 70),
            'o' => new SKColor(250, 150, 40),
            'r' => new SKColor(222, 50, 50),
            'b' => new SKColor(186, 226, 248),
            's' => new SKColor(172, 178, 188),
            'i' => new SKColor(248, 236, 212),
            'c' => new SKColor(222, 166, 96),
            'n' => new SKColor(34, 46, 92),
            _ => throw new ArgumentOutOfRangeException(nameof(tone), tone, "Unknown tone."),
        };
    }
}

namespace FloydSharp.Training.World;

/// <summary>
/// Where each point of an oil painting takes its colour from: the stroke that covers it. One map for all pictures,
/// shifted by the scene's seed; averaged for small pictures like every texture.
/// </summary>
internal static class BrushStrokes
{
    private const int Side = Texture.Finest;

    private const int Count = 4200;

    private static readonly Lazy<(Texture X, Texture Y, Texture Light)> Made = new(Make);

    /// <summary>Steps to the source in units of the picture, and a change of lightness in levels of 255.</summary>
    public static (Texture X, Texture Y, Texture Light) Map => Made.Value;

    private static (Texture X, Texture Y, Texture Light) Make()
    {
        var (shiftX, shiftY, light) = (new float[Side * Side], new float[Side * Side], new float[Side * Side]);
        var random = new DetailRandom(21);
        var (field, _) = Texture.Wash.Level(Side);
        for (var stroke = 0; stroke < Count; stroke++)
        {
            var (centreX, centreY) = ((int)random.Next(0, Side), (int)random.Next(0, Side));
            var angle = 0.6f + (field[(centreY * Side) + centreX] * 1.8f);
            var (sin, cos) = MathF.SinCos(angle);
            var (length, width) = (random.Next(14, 26), random.Next(5, 8));
            var tone = random.Next(-15, 15);
            for (var dy = -26; dy <= 26; dy++)
            {
                for (var dx = -26; dx <= 26; dx++)
                {
                    var (along, across) = ((dx * cos) + (dy * sin), (dy * cos) - (dx * sin));
                    if (Math.Abs(along) > length || Math.Abs(across) > width)
                        continue;
                    var at = (((centreY + dy) & (Side - 1)) * Side) + ((centreX + dx) & (Side - 1));

                    // Half the way to the stroke's axis and a little along it: edges fray, shapes stay.
                    shiftX[at] = Math.Clamp(-dx * 0.36f, -9, 9) / Side;
                    shiftY[at] = Math.Clamp(-dy * 0.36f, -9, 9) / Side;

                    // Bristles leave ridges; the edge of a stroke is a shadow.
                    var edge = Math.Abs(across) > width - 1.5f ? -9 : 0;
                    light[at] = tone + edge + (6 * MathF.Sin(across * 2.1f));
                }
            }
        }

        return (new Texture(shiftX), new Texture(shiftY), new Texture(light));
    }
}

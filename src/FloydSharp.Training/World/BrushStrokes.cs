namespace FloydSharp.Training.World;

/// <summary>
/// Where each point of an oil painting takes its colour from: the stroke that covers it. One map for all pictures,
/// shifted by the scene's seed.
/// </summary>
internal static class BrushStrokes
{
    /// <summary>Side of the map, a power of two; it repeats.</summary>
    public const int Side = 512;

    private const int Count = 4200;

    private static readonly Lazy<(sbyte[] X, sbyte[] Y, sbyte[] Light)> Made = new(Make);

    /// <summary>Steps to the source in 1/512 of the picture, and a change of lightness in levels.</summary>
    public static (sbyte[] X, sbyte[] Y, sbyte[] Light) Map => Made.Value;

    private static (sbyte[] X, sbyte[] Y, sbyte[] Light) Make()
    {
        var (shiftX, shiftY, light) = (new sbyte[Side * Side], new sbyte[Side * Side], new sbyte[Side * Side]);
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
                    shiftX[at] = (sbyte)Math.Clamp(-dx * 0.36f, -9, 9);
                    shiftY[at] = (sbyte)Math.Clamp(-dy * 0.36f, -9, 9);

                    // Bristles leave ridges; the edge of a stroke is a shadow.
                    var edge = Math.Abs(across) > width - 1.5f ? -9 : 0;
                    light[at] = (sbyte)(tone + edge + (6 * MathF.Sin(across * 2.1f)));
                }
            }
        }

        return (shiftX, shiftY, light);
    }
}

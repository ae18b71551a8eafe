namespace FloydSharp.Training.World;

/// <summary>A tile of numbers, mostly from -1 to 1, at several resolutions, so that a small picture shows the average of what a large one shows.</summary>
internal sealed class Texture
{
    private readonly float[][] _levels;

    /// <summary>A texture from its finest level, <see cref="Finest"/> squared numbers, kept.</summary>
    public Texture(float[] finest)
    {
        var levels = new List<float[]> { finest };
        for (var side = Finest / 2; side >= Coarsest; side /= 2)
        {
            var (from, to) = (levels[^1], new float[side * side]);
            for (var i = 0; i < to.Length; i++)
            {
                var at = (i / side * 4 * side) + (i % side * 2);
                to[i] = (from[at] + from[at + 1] + from[at + (2 * side)] + from[at + (2 * side) + 1]) / 4;
            }

            levels.Add(to);
        }

        _levels = [.. levels];
    }

    /// <summary>Side of the largest level.</summary>
    public const int Finest = 512;

    private const int Coarsest = 64;

    /// <summary>Grain of paper: two scales of noise.</summary>
    public static Texture Paper { get; } = new(Noise(11, (4, 0.55f), (16, 0.45f)));

    /// <summary>Clouds of pigment.</summary>
    public static Texture Wash { get; } = new(Noise(12, (48, 0.6f), (24, 0.4f)));

    /// <summary>A second field of the same kind, for displacements.</summary>
    public static Texture Drift { get; } = new(Noise(13, (24, 1f)));

    /// <summary>Displacements in the other direction.</summary>
    public static Texture Drift2 { get; } = new(Noise(14, (24, 1f)));

    /// <summary>Slanted pencil lines: 1 on a line, -1 between.</summary>
    public static Texture Hatch { get; } = new(Lines());

    /// <summary>The level for a picture of a size, and its side (a power of two).</summary>
    public (float[] Values, int Side) Level(int size)
    {
        var (level, side) = (0, Finest);
        for (; side > Coarsest && side / 2 >= size; side /= 2)
            level++;
        return (_levels[level], side);
    }

    // Value noise that repeats at the tile's edge, smoothly interpolated, summed over cells of several sizes.
    private static float[] Noise(int seed, params (int Cell, float Weight)[] octaves)
    {
        var values = new float[Finest * Finest];
        var random = new DetailRandom(seed);
        foreach (var (cell, weight) in octaves)
        {
            var cells = (Finest + cell - 1) / cell;
            var corners = new float[cells * cells];
            for (var i = 0; i < corners.Length; i++)
                corners[i] = random.Next(-1, 1);
            for (var y = 0; y < Finest; y++)
            {
                var (fy, y0, y1) = Cell(y, cells);
                for (var x = 0; x < Finest; x++)
                {
                    var (fx, x0, x1) = Cell(x, cells);
                    var top = corners[(y0 * cells) + x0] + (fx * (corners[(y0 * cells) + x1] - corners[(y0 * cells) + x0]));
                    var low = corners[(y1 * cells) + x0] + (fx * (corners[(y1 * cells) + x1] - corners[(y1 * cells) + x0]));
                    values[(y * Finest) + x] += weight * (top + (fy * (low - top)));
                }
            }
        }

        return values;
    }

    private static (float Fraction, int From, int To) Cell(int position, int cells)
    {
        var at = (float)position * cells / Finest;
        var from = (int)at;
        var t = at - from;
        return (t * t * (3 - (2 * t)), from, (from + 1) % cells);
    }

    private static float[] Lines()
    {
        var values = new float[Finest * Finest];
        var drift = Noise(15, (32, 1f));
        for (var i = 0; i < values.Length; i++)
        {
            var phase = ((i % Finest) + (i / Finest) + (drift[i] * 5)) * 2 * MathF.PI / 16;
            values[i] = Math.Clamp(MathF.Sin(phase) * 1.6f, -1, 1);
        }

        return values;
    }
}

using FloydSharp.Training.Data;

namespace FloydSharp.Training.Tests.Stages;

/// <summary>A few fixed pictures: a coloured square on a coloured ground.</summary>
internal sealed class SquaresSource(int count = 8) : ICaptionedSource
{
    private static readonly (string Name, byte[] Rgb)[] s_colors =
        [("red", [220, 30, 30]), ("green", [30, 180, 60]), ("blue", [40, 60, 220]), ("yellow", [240, 220, 40])];

    public static IReadOnlyList<string> Words { get; } = ["a", "square", "on", "ground", "red", "green", "blue", "yellow"];

    public CaptionedPicture Read(long index, int side)
    {
        var i = (int)(index % count);
        var (front, back) = (s_colors[i % 4], s_colors[(i + 1 + (i / 4)) % 4]);
        var pixels = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var isFront = x >= side / 4 && x < side * 3 / 4 && y >= side / 4 && y < side * 3 / 4;
                (isFront ? front : back).Rgb.CopyTo(pixels, ((y * side) + x) * 3);
            }
        }

        return new(pixels, side, $"a {front.Name} square on {back.Name} ground");
    }
}

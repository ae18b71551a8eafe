namespace FloydSharp.IO.Imaging;

/// <summary>Numbers drawn without a font: digits of 3x5 dots, each dot 2x2 pixels.</summary>
internal static class DigitStamp
{
    private const int Dot = 2, Columns = 3, Rows = 5, Margin = 2;

    // Row by row from the top, three dots each; the first dot is the highest bit.
    private static readonly ushort[] _digits =
    [
        0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111, 0b101_101_111_001_001,
        0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_001_001_001, 0b111_101_111_101_111, 0b111_101_111_001_111,
    ];

    /// <summary>A picture with a white strip above it that holds a number.</summary>
    /// <param name="image">The picture; alpha is dropped.</param>
    /// <param name="number">Digits.</param>
    /// <returns>A new RGB buffer, higher by the strip, and wider where the number needs it.</returns>
    public static ImageBuffer Above(ImageBuffer image, string number)
    {
        if (number.Length == 0 || !number.All(char.IsAsciiDigit))
            throw new ArgumentException($"The label \"{number}\" is no number.", nameof(number));
        const int strip = (Rows * Dot) + (2 * Margin);
        var rgb = image.ToRgb();
        var result = new ImageBuffer(Math.Max(rgb.Width, (number.Length * (Columns + 1) * Dot) + Margin), rgb.Height + strip, 3);
        result.Pixels.AsSpan().Fill(255);
        for (var row = 0; row < rgb.Height; row++)
            rgb.Row(row).CopyTo(result.Row(strip + row));
        for (var i = 0; i < number.Length; i++)
            Draw(result, _digits[number[i] - '0'], Margin + (i * (Columns + 1) * Dot));
        return result;
    }

    private static void Draw(ImageBuffer target, int digit, int left)
    {
        for (var y = 0; y < Rows * Dot; y++)
        {
            for (var x = 0; x < Columns * Dot; x++)
            {
                var bit = ((Rows - 1 - (y / Dot)) * Columns) + (Columns - 1 - (x / Dot));
                if ((digit >> bit & 1) != 0)
                    target.Row(Margin + y).Slice((left + x) * 3, 3).Clear();
            }
        }
    }
}

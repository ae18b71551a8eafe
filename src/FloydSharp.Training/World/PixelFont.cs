using SkiaSharp;

namespace FloydSharp.Training.World;

/// <summary>A dot-matrix font: letters of 5 by 7 dots, drawn for this program.</summary>
internal static class PixelFont
{
    // Seven rows from top to bottom, one byte each; the highest of the low five bits is the left dot.
    private static readonly Dictionary<char, ulong> Rows = new()
    {
        ['A'] = 0x0e11111f111111,
        ['B'] = 0x1e11111e11111e,
        ['C'] = 0x0e11101010110e,
        ['D'] = 0x1e11111111111e,
        ['E'] = 0x1f10101e10101f,
        ['F'] = 0x1f10101e101010,
        ['G'] = 0x0e11101711110e,
        ['H'] = 0x1111111f111111,
        ['I'] = 0x1f04040404041f,
        ['J'] = 0x0702020202120c,
        ['K'] = 0x11121418141211,
        ['L'] = 0x1010101010101f,
        ['M'] = 0x111b1515111111,
        ['N'] = 0x11191513111111,
        ['O'] = 0x0e11111111110e,
        ['P'] = 0x1e11111e101010,
        ['Q'] = 0x0e11111115120d,
        ['R'] = 0x1e11111e141211,
        ['S'] = 0x0f10100e01011e,
        ['T'] = 0x1f040404040404,
        ['U'] = 0x1111111111110e,
        ['V'] = 0x11111111110a04,
        ['W'] = 0x11111115151b11,
        ['X'] = 0x11110a040a1111,
        ['Y'] = 0x11110a04040404,
        ['Z'] = 0x1f01020408101f,
        ['0'] = 0x0e11131519110e,
        ['1'] = 0x040c040404040e,
        ['2'] = 0x0e11010608101f,
        ['3'] = 0x1e01010e01011e,
        ['4'] = 0x02060a121f0202,
        ['5'] = 0x1f101e0101110e,
        ['6'] = 0x0e10101e11110e,
        ['7'] = 0x1f010204080808,
        ['8'] = 0x0e11110e11110e,
        ['9'] = 0x0e11110f01010e,
        ['!'] = 0x04040404040004,
        ['?'] = 0x0e110106040004,
        ['.'] = 0x00000000000c0c,
        [','] = 0x000000000c0408,
        ['-'] = 0x0000001f000000,
        ['&'] = 0x0c12140815120d,
        ['+'] = 0x0004041f040400,
        ['/'] = 0x01010204081010,
        [':'] = 0x000c0c000c0c00,
        ['#'] = 0x0a0a1f0a1f0a0a,
        ['%'] = 0x19190204081313,
    };

    /// <summary>A letter as squares of 1/7 with the baseline at y = 0; the advance is six dots. Unknown letters are a hollow box.</summary>
    public static (SKPath Path, float Advance) Glyph(char letter)
    {
        const float dot = 1 / 7f;
        var path = new SKPath();
        if (letter == ' ')
            return (path, 4 * dot);
        var rows = Rows.GetValueOrDefault(letter, 0x1f11111111111fUL);
        for (var y = 0; y < 7; y++)
        {
            var row = (int)(rows >> (8 * (6 - y))) & 31;
            for (var x = 0; x < 5;)
            {
                var run = 0;
                while (x + run < 5 && (row & (16 >> (x + run))) != 0)
                    run++;
                if (run > 0)
                    path.AddRect(new SKRect(x * dot, (y - 7) * dot, (x + run) * dot, (y - 6) * dot));
                x += run + 1;
            }
        }

        return (path, 6 * dot);
    }
}

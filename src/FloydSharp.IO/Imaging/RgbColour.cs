using System.Globalization;

namespace FloydSharp.IO.Imaging;

/// <summary>A colour of 8 bits per channel.</summary>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
public readonly record struct RgbColour(byte Red, byte Green, byte Blue)
{
    /// <summary>White.</summary>
    public static RgbColour White { get; } = new(255, 255, 255);

    /// <summary>Reads <c>white</c>, <c>grey</c>, <c>black</c> or <c>#RRGGBB</c>.</summary>
    /// <returns>Null where the text is none of these.</returns>
    public static RgbColour? Parse(string text) => text switch
    {
        "white" => White,
        "grey" or "gray" => new(128, 128, 128),
        "black" => new(0, 0, 0),
        ['#', .. { Length: 6 } digits] when int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb) =>
            new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb),
        _ => null,
    };
}

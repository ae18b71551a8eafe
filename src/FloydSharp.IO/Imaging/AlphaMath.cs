namespace FloydSharp.IO.Imaging;

/// <summary>Pillow's 8-bit arithmetic with alpha.</summary>
internal static class AlphaMath
{
    /// <summary>Divides by 255 and rounds; exact for 0 to 255 * 255.</summary>
    public static byte Div255(int value)
    {
        var rounded = value + 128;
        return (byte)(((rounded >> 8) + rounded) >> 8);
    }

    /// <summary>Mixes two samples: <paramref name="weight"/> of 255 is all <paramref name="top"/>.</summary>
    public static byte Blend(byte bottom, byte top, byte weight) => Div255((bottom * (255 - weight)) + (top * weight));

    /// <summary>Multiplies the colours of RGBA pixels by their alpha, in place.</summary>
    public static void Premultiply(Span<byte> rgba)
    {
        for (var i = 0; i + 3 < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            for (var c = i; c < i + 3; c++)
                rgba[c] = Div255(rgba[c] * alpha);
        }
    }

    /// <summary>Divides the colours of RGBA pixels by their alpha, in place. The division truncates, as Pillow's does.</summary>
    public static void Unpremultiply(Span<byte> rgba)
    {
        for (var i = 0; i + 3 < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            if (alpha is 0 or 255)
                continue;
            for (var c = i; c < i + 3; c++)
                rgba[c] = (byte)Math.Min(255 * rgba[c] / alpha, 255);
        }
    }
}

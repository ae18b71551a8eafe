namespace FloydSharp.Training.Data;

/// <summary>A picture to learn from.</summary>
/// <param name="Pixels">RGB, (side, side, 3), 0 to 255.</param>
/// <param name="Side">Width and height in pixels.</param>
/// <param name="Caption">What it shows.</param>
internal sealed record CaptionedPicture(byte[] Pixels, int Side, string Caption);

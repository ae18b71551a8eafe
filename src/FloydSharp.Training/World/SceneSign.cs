using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>A text and what carries it. The rectangle is in units of the picture's side.</summary>
/// <param name="Kind">The carrier.</param>
/// <param name="Lines">One or two lines in lower case; they are drawn in capitals.</param>
/// <param name="Font">The lettering.</param>
/// <param name="Board">The carrier's colour; without meaning for <see cref="SignKind.Lettering"/>.</param>
/// <param name="Ink">The letters' colour.</param>
/// <param name="X">Left edge of the board.</param>
/// <param name="Y">Top edge of the board.</param>
/// <param name="Width">Width of the board.</param>
/// <param name="Height">Height of the board.</param>
public sealed record SceneSign(
    SignKind Kind,
    IReadOnlyList<string> Lines,
    SignFont Font,
    SceneColor Board,
    SceneColor Ink,
    float X,
    float Y,
    float Width,
    float Height)
{
    /// <summary>The whole text in lower case, lines joined by one space.</summary>
    [JsonIgnore]
    public string Text => string.Join(' ', Lines);
}

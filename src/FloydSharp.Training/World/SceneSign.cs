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

    /// <summary>The rectangle that holds the letters, in units of the picture's side; letters of pixel art may reach 1/32 beyond it.</summary>
    [JsonIgnore]
    public (float Left, float Top, float Right, float Bottom) TextArea => Kind switch
    {
        SignKind.TShirt => (X + (Width * 0.225f), Y + (Height * 0.34f), X + (Width * 0.775f), Y + (Height * 0.72f)),
        SignKind.BookCover => (X + 0.1f, Y + (Height * 0.14f), X + Width - 0.05f, Y + (Height * 0.46f)),
        SignKind.Poster when Height > 0.8f => (X + 0.045f, Y + (Height * 0.42f), X + Width - 0.045f, Y + (Height * 0.72f)),
        SignKind.Lettering => (X + 0.01f, Y + 0.06f, X + Width - 0.01f, Y + Height - 0.06f),
        SignKind.SpeechBubble => (X + 0.05f, Y + 0.06f, X + Width - 0.05f, Y + Height - 0.06f),
        SignKind.Billboard => (X + 0.03f, Y + 0.05f, X + Width - 0.03f, Y + Height - 0.05f),
        _ => (X + 0.045f, Y + 0.065f, X + Width - 0.045f, Y + Height - 0.065f),
    };
}

using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>What carries a text.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SignKind>))]
public enum SignKind
{
    /// <summary>A board on a post.</summary>
    Sign,

    /// <summary>A framed sheet on a wall.</summary>
    Poster,

    /// <summary>A wide board on two legs.</summary>
    Billboard,

    /// <summary>A T-shirt.</summary>
    TShirt,

    /// <summary>A ribbon or cloth with tails.</summary>
    Banner,

    /// <summary>Glowing letters on a dark panel.</summary>
    NeonSign,

    /// <summary>The front of a book.</summary>
    BookCover,

    /// <summary>Chalk on a framed board.</summary>
    Chalkboard,

    /// <summary>A sheet of paper or card.</summary>
    Paper,

    /// <summary>A comic's speech balloon.</summary>
    SpeechBubble,

    /// <summary>Letters without a carrier.</summary>
    Lettering,
}

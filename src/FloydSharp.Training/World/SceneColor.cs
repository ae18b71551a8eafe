using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>The named colours.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SceneColor>))]
public enum SceneColor
{
    /// <summary>The word red.</summary>
    Red,

    /// <summary>The word orange.</summary>
    Orange,

    /// <summary>The word yellow.</summary>
    Yellow,

    /// <summary>The word green.</summary>
    Green,

    /// <summary>The word blue.</summary>
    Blue,

    /// <summary>The word purple.</summary>
    Purple,

    /// <summary>The word pink.</summary>
    Pink,

    /// <summary>The word brown.</summary>
    Brown,

    /// <summary>The word black.</summary>
    Black,

    /// <summary>The word white.</summary>
    White,

    /// <summary>The word grey.</summary>
    Grey,

    /// <summary>The word turquoise.</summary>
    Turquoise,

    /// <summary>The word gold.</summary>
    Gold,
}

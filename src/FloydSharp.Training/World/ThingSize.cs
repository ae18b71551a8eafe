using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>A size that a caption may name; only single things have one.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ThingSize>))]
public enum ThingSize
{
    /// <summary>Not named.</summary>
    Normal,

    /// <summary>About a fifth of the picture.</summary>
    Tiny,

    /// <summary>About a quarter.</summary>
    Small,

    /// <summary>About two thirds.</summary>
    Big,

    /// <summary>Nearly the whole picture.</summary>
    Huge,
}

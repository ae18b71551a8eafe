using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>The lettering of a sign.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SignFont>))]
public enum SignFont
{
    /// <summary>DejaVu Sans Bold.</summary>
    Sans,

    /// <summary>DejaVu Sans Mono Bold.</summary>
    Mono,

    /// <summary>Comfortaa Bold.</summary>
    Rounded,

    /// <summary>Roboto Slab Bold.</summary>
    Slab,

    /// <summary>Bebas Neue Bold.</summary>
    Condensed,

    /// <summary>Lato Black.</summary>
    Geometric,

    /// <summary>A 5x7 dot matrix.</summary>
    Pixel,
}

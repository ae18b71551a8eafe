using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>What lies behind everything else.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Backdrop>))]
public enum Backdrop
{
    /// <summary>One colour.</summary>
    Plain,

    /// <summary>Two colours, from top to bottom.</summary>
    Gradient,

    /// <summary>Blue sky with clouds.</summary>
    Sky,

    /// <summary>Orange sky with a low sun over water or land.</summary>
    Sunset,

    /// <summary>Dark sky with stars.</summary>
    NightSky,

    /// <summary>Sky above waves.</summary>
    Sea,

    /// <summary>Sea above sand.</summary>
    Beach,

    /// <summary>Sky above grass.</summary>
    Meadow,

    /// <summary>Warm sky above dunes.</summary>
    Desert,

    /// <summary>Skyline by day.</summary>
    City,

    /// <summary>Skyline with lit windows.</summary>
    NightCity,

    /// <summary>Pale sky above snow.</summary>
    Snow,

    /// <summary>Black with stars and a planet.</summary>
    Space,

    /// <summary>Rows of trees.</summary>
    Forest,

    /// <summary>Bricks.</summary>
    BrickWall,

    /// <summary>A wall and a floor.</summary>
    Room,
}

using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>Something a character wears.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Accessory>))]
public enum Accessory
{
    /// <summary>A top hat.</summary>
    Hat,

    /// <summary>Sunglasses.</summary>
    Sunglasses,

    /// <summary>A crown.</summary>
    Crown,

    /// <summary>A scarf.</summary>
    Scarf,

    /// <summary>A cone with a bobble.</summary>
    PartyHat,
}

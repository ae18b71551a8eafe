using System.Text.Json.Serialization;

namespace FloydSharp.Training.World;

/// <summary>How two groups of a scene stand to each other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SpatialRelation>))]
public enum SpatialRelation
{
    /// <summary>The subject is left of the object.</summary>
    LeftOf,

    /// <summary>The subject is right of the object.</summary>
    RightOf,

    /// <summary>The subject is above the object, apart from it.</summary>
    Above,

    /// <summary>The subject is below the object, apart from it.</summary>
    Below,

    /// <summary>The subject stands on the object.</summary>
    OnTopOf,

    /// <summary>The subject is between the object and the third group, or between the two things of the object.</summary>
    Between,

    /// <summary>The subject lies inside the object's outline.</summary>
    Inside,

    /// <summary>The subject sits on the object and overlaps it.</summary>
    Riding,

    /// <summary>The subject, a character, holds the object, often a sign.</summary>
    Holding,
}

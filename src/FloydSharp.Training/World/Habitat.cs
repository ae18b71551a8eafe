namespace FloydSharp.Training.World;

/// <summary>Where a kind of thing belongs.</summary>
internal enum Habitat
{
    /// <summary>Anywhere: shapes and objects without weight.</summary>
    Any,

    /// <summary>On the ground.</summary>
    Ground,

    /// <summary>In the air.</summary>
    Air,

    /// <summary>In or on water.</summary>
    Water,
}

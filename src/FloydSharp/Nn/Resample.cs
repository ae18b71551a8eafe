namespace FloydSharp.Nn;

/// <summary>How a block changes height and width.</summary>
public enum Resample
{
    /// <summary>It keeps them.</summary>
    None,

    /// <summary>It halves them.</summary>
    Down,

    /// <summary>It doubles them.</summary>
    Up,
}

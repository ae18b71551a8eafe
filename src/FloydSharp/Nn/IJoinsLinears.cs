namespace FloydSharp.Nn;

/// <summary>A layer with linear maps of the same input.</summary>
internal interface IJoinsLinears
{
    /// <summary>The maps that one product can compute.</summary>
    IEnumerable<JoinedLinear> Joins { get; }
}

namespace FloydSharp.Nn;

/// <summary>Brings weights in when they are used, because not all of a model fits into the device's memory.</summary>
internal interface IWeightStream
{
    /// <summary>
    /// Sees to it that a unit's weights are filled, and that what is computed from now on waits for them. Weights of other
    /// units of the stream may be gone afterwards.
    /// </summary>
    /// <param name="unit">The number of the unit.</param>
    void Enter(int unit);
}

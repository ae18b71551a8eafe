namespace FloydSharp.Quantization;

/// <summary>Which weights become int8 when float weights are loaded or written.</summary>
public enum WeightQuantization
{
    /// <summary>None: weights stay as the files have them.</summary>
    None,

    /// <summary>Those of all linear layers but the few that the model wants kept.</summary>
    Linears,

    /// <summary>Those of convolutions too.</summary>
    LinearsAndConvolutions,
}

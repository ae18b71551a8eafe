using FloydSharp.Nn;
using FloydSharp.Quantization;

namespace FloydSharp.Weights;

/// <summary>Which weights of a model become int8.</summary>
internal static class QuantizationRule
{
    private const int LinearDimensions = 2;

    /// <summary>Whether a weight does.</summary>
    public static bool Takes(WeightQuantization quantization, ICheckpointModel? known, string name, Weight weight) =>
        quantization != WeightQuantization.None
        && weight.TakesCompact
        && (quantization == WeightQuantization.LinearsAndConvolutions || weight.Shape.Count == LinearDimensions)
        && known?.KeepsFloat(name) != true;
}

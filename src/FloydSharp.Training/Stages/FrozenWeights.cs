using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>Weights of models that a training uses as they are.</summary>
internal static class FrozenWeights
{
    /// <summary>Fills a model from a checkpoint's component.</summary>
    /// <param name="model">The model. Not disposed.</param>
    /// <param name="folder">The component's folder.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="dtype">What it computes in.</param>
    /// <exception cref="IO.FloydException">The weights are missing, damaged or of another model.</exception>
    public static void Fill(Layer model, string folder, Device device, ScalarType dtype)
    {
        using var weights = WeightSet.Open(folder, variant: WeightVariant.Choose(folder, new()));
        CheckpointLoader.Load(model, weights, new LoadOptions { Device = device, DType = dtype, MapWeights = false });
    }
}

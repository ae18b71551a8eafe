using FloydSharp.Nn;
using FloydSharp.Training.Data;
using FloydSharp.Training.Optimization;
using static TorchSharp.torch;

namespace FloydSharp.Training.Stages;

/// <summary>One part of a cascade with its loss.</summary>
internal interface ITrainingStage : IDisposable
{
    /// <summary>What is trained; owned by the stage.</summary>
    TrainableModel Model { get; }

    /// <summary>All models that run in a step, frozen ones too.</summary>
    IEnumerable<Layer> Layers => Model.Parts.Values;

    /// <summary>Names of the numbers that <see cref="Backward"/> gives.</summary>
    IReadOnlyList<string> LossNames { get; }

    /// <summary>Computes the loss of a batch and adds its gradient to the model's.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="random">All randomness; on the model's device.</param>
    /// <returns>One number per name, (K), float32 on the device, detached; owned by the caller.</returns>
    Tensor Backward(TrainingBatch batch, RandomTensors random);

    /// <summary>Writes the checkpoint with the averaged weights.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    void Save(string folder);

    /// <summary>Draws a sheet of samples from a checkpoint that <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="path">The PNG; replaced.</param>
    void WriteSheet(string folder, string path);
}

using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>What a model knows about its own checkpoints beyond the names of its weights.</summary>
public interface ICheckpointModel
{
    /// <summary>
    /// The weight that a checkpoint's key means: the key itself, the present name of an older one, or null for a key that is
    /// known and not needed.
    /// </summary>
    string? MapKey(string key) => key;

    /// <summary>The dtype a weight must have when the model is loaded in <paramref name="dtype"/>.</summary>
    ScalarType DTypeOf(string name, ScalarType dtype) => dtype;

    /// <summary>Whether a weight stays floating point when the model is quantized, because the result depends on it more than on others.</summary>
    bool KeepsFloat(string name) => false;
}

using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.UNet;

/// <summary>What a UNet makes of a text, the same at every timestep (<see cref="UNet2DConditionModel.Read"/>). Owns its tensors.</summary>
public sealed class UNetText : IDisposable
{
    internal UNetText(TextStates states, Tensor? pooled)
    {
        States = states;
        Pooled = pooled;
    }

    /// <summary>What the attention layers look at.</summary>
    internal TextStates States { get; }

    /// <summary>What is added to the time embedding, (B, Dtemb); null for a model that pools no text.</summary>
    internal Tensor? Pooled { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        States.Dispose();
        Pooled?.Dispose();
    }
}

using FloydSharp.IO;
using FloydSharp.Nn;

namespace FloydSharp.Models.Clip;

/// <summary>What the text and the vision encoder need alike.</summary>
/// <param name="HiddenSize">Width D.</param>
/// <param name="IntermediateSize">Width inside the feed-forward layers.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Heads">Number N of attention heads; divides the width.</param>
/// <param name="HiddenAct">Name of the activation in the feed-forward layers.</param>
/// <param name="LayerNormEps">Added to the variance in the layer norms.</param>
public sealed record ClipEncoderSizes(
    long HiddenSize, long IntermediateSize, int Layers, long Heads, string HiddenAct, double LayerNormEps)
{
    /// <summary>Checks every value.</summary>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate()
    {
        ConfigFile.RequireRange(HiddenSize, 1, 1 << 16, "hidden_size");
        ConfigFile.RequireRange(IntermediateSize, 1, 1 << 20, "intermediate_size");
        ConfigFile.RequireRange(Layers, 1, 256, "num_hidden_layers");
        ConfigFile.RequireRange(Heads, 1, HiddenSize, "num_attention_heads");
        if (HiddenSize % Heads != 0)
            throw new FloydException($"The configuration's hidden_size {HiddenSize} does not divide into num_attention_heads {Heads}.");
        ConfigFile.RequireEpsilon(LayerNormEps, "layer_norm_eps");
        _ = ActivationFunctions.Parse(HiddenAct, "hidden_act");
    }
}

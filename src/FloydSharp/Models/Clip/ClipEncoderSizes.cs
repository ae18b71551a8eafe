using FloydSharp.IO;
using FloydSharp.IO.Json;
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
    /// <param name="source">What messages call the configuration.</param>
    /// <exception cref="FloydException">A value is out of range or not supported.</exception>
    public void Validate(string source = "The configuration")
    {
        var check = new ConfigCheck(source);
        check.Range("hidden_size", HiddenSize, 1, 1 << 16);
        check.Range("intermediate_size", IntermediateSize, 1, 1 << 20);
        check.Range("num_hidden_layers", Layers, 1, 256);
        check.Range("num_attention_heads", Heads, 1, HiddenSize);
        check.Divides("num_attention_heads", Heads, "hidden_size", HiddenSize);
        check.Epsilon("layer_norm_eps", LayerNormEps);
        _ = ActivationFunctions.Parse(HiddenAct, "hidden_act", source);
    }
}

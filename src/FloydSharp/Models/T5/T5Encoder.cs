// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5Stack as an encoder.
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>The stack of blocks and the last norm.</summary>
public sealed class T5Encoder : Layer
{
    private readonly LayerList<T5Block> block;
    private readonly T5LayerNorm final_layer_norm;

    /// <summary>Declares the stack without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    public T5Encoder(T5Config config)
    {
        block = Add("block", new LayerList<T5Block>(
            Enumerable.Range(0, config.NumLayers).Select(i => new T5Block(config, hasRelativeAttentionBias: i == 0))));
        final_layer_norm = Add("final_layer_norm", new T5LayerNorm(config.DModel, config.LayerNormEpsilon));
    }

    /// <summary>Runs the stack.</summary>
    /// <param name="embedded">Embedded tokens (B, T, D). Not disposed.</param>
    /// <param name="attentionMask">(B, T), 1 for tokens and 0 for padding, any dtype; null for no padding. Not disposed.</param>
    /// <returns>(B, T, D), owned by the caller.</returns>
    public Tensor forward(Tensor embedded, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        var bias = block[0].PositionBias(embedded.shape[1], embedded.device); // (1, N, T, T)
        if (attentionMask is not null)
            bias = bias.Then(b => AddMask(b, attentionMask));                 // (B, N, T, T)
        if (bias.device_type == TorchSharp.DeviceType.CUDA)
            bias = bias.Then(InWholeVectors);                                 // (B, N, T, T)

        var hidden = embedded.alias();
        foreach (var layer in block)
            hidden = hidden.Then(h => layer.forward(h, bias));                // (B, T, D)
        return final_layer_norm.forward(hidden).MoveToOuterDisposeScope();
    }

    // Attention on a GPU reads rows that start at multiples of 16 numbers, and would copy others in every block.
    private static Tensor InWholeVectors(Tensor bias)
    {
        const long Vector = 16;
        using var scope = NewDisposeScope();
        var length = bias.shape[^1];
        return nn.functional.pad(bias, [0, (Vector - (length % Vector)) % Vector]).narrow(-1, 0, length).MoveToOuterDisposeScope();
    }

    private static Tensor AddMask(Tensor bias, Tensor attentionMask)
    {
        using var scope = NewDisposeScope();
        var hide = attentionMask.to(bias.dtype, bias.device).SubtractedFrom(1).Times(finfo(bias.dtype).min); // (B, T)
        return bias.Plus(hide.unsqueeze(1).unsqueeze(1)).MoveToOuterDisposeScope(); // (B, N, T, T)
    }
}

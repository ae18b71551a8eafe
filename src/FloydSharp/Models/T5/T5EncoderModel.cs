// Follows transformers (Apache-2.0), models/t5/modeling_t5.py, T5EncoderModel.
using FloydSharp.IO;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.T5;

/// <summary>The T5 v1.1 encoder that turns token ids into IF's text embeddings (Raffel et al. 2020, arXiv:1910.10683).</summary>
public sealed class T5EncoderModel : Layer, ICheckpointModel
{
    private readonly Embedding shared;
    private readonly T5Encoder encoder;

    /// <summary>Declares the model without allocating its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="FloydException">A value of the configuration is not supported.</exception>
    public T5EncoderModel(T5Config config)
    {
        config.Validate();
        Config = config;
        shared = Add("shared", new Embedding(config.VocabSize, config.DModel));
        encoder = Add("encoder", new T5Encoder(config));
    }

    /// <summary>The sizes.</summary>
    public T5Config Config { get; }

    /// <summary>
    /// The embedding stands under <c>shared</c>, under <c>encoder.embed_tokens</c>, or under both with the same values. The
    /// decoder of a whole T5 checkpoint is not needed.
    /// </summary>
    public string? MapKey(string key)
    {
        if (key == "encoder.embed_tokens.weight")
            return "shared.weight";
        return key == "lm_head.weight" || key.StartsWith("decoder.", StringComparison.Ordinal) ? null : key;
    }

    /// <summary>The output of the feed-forward layers overflows float16, so <c>wo</c> stays in float32 there.</summary>
    public ScalarType DTypeOf(string name, ScalarType dtype) =>
        dtype == ScalarType.Float16 && KeepsFloat(name) ? ScalarType.Float32 : dtype;

    /// <summary>As in the published 8-bit files, <c>wo</c> is no int8 weight: its inputs reach further than those of the other layers.</summary>
    public bool KeepsFloat(string name) => name.EndsWith(".wo.weight", StringComparison.Ordinal);

    /// <summary>Encodes.</summary>
    /// <param name="inputIds">Token ids (B, T), int64, in [0, vocabulary), on the weights' device. Not disposed.</param>
    /// <param name="attentionMask">(B, T), 1 for tokens and 0 for padding, any dtype; null for no padding. Not disposed.</param>
    /// <returns>The last hidden state (B, T, D), the weights' dtype; owned by the caller.</returns>
    /// <exception cref="ArgumentException">A tensor has an unsuitable shape or dtype.</exception>
    public Tensor forward(Tensor inputIds, Tensor? attentionMask = null)
    {
        if (inputIds.dim() != 2 || inputIds.dtype != ScalarType.Int64)
            throw new ArgumentException($"Token ids are (B, T) int64, not ({string.Join(", ", inputIds.shape)}) {inputIds.dtype}.", nameof(inputIds));
        if (attentionMask is not null && !attentionMask.shape.AsSpan().SequenceEqual(inputIds.shape))
            throw new ArgumentException($"The mask is ({string.Join(", ", attentionMask.shape)}), the ids ({string.Join(", ", inputIds.shape)}).", nameof(attentionMask));

        using var scope = NewDisposeScope();
        return shared.forward(inputIds)                                       // (B, T, D)
            .Then(x => encoder.forward(x, attentionMask))
            .MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A time embedding as the resnet blocks of one model are told it; the tensors stay the caller's.</summary>
public sealed class TimeStates
{
    private readonly IReadOnlyDictionary<Linear, Tensor>? _projected;

    /// <summary>Wraps an embedding.</summary>
    /// <param name="embedding">(B, Dtemb), the model's dtype. Not disposed.</param>
    public TimeStates(Tensor embedding) => Embedding = embedding;

    /// <summary>Wraps an embedding of which the maps are known.</summary>
    internal TimeStates(Tensor embedding, IReadOnlyDictionary<Linear, Tensor> projected)
        : this(embedding) => _projected = projected;

    /// <summary>The embedding (B, Dtemb).</summary>
    public Tensor Embedding { get; }

    /// <summary>Wraps an embedding; nothing for nothing.</summary>
    public static implicit operator TimeStates?(Tensor? embedding) => FromTensor(embedding);

    /// <summary>Wraps an embedding; nothing for nothing.</summary>
    public static TimeStates? FromTensor(Tensor? embedding) => embedding is null ? null : new(embedding);

    /// <summary>What a layer maps the activated embedding to.</summary>
    /// <returns>(B, D), owned by the caller.</returns>
    internal Tensor Project(Linear layer, Activation activation) =>
        _projected is not null && _projected.TryGetValue(layer, out var known)
            ? known.alias()
            : activation.Apply(Embedding).Then(layer.forward);
}

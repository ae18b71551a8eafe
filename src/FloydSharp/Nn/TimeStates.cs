using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>A time embedding as the resnet blocks of one model are told it; the tensors stay the caller's.</summary>
public sealed class TimeStates
{
    private readonly Tensor? _embedding;
    private readonly IReadOnlyDictionary<Linear, Tensor>? _projected;

    /// <summary>Wraps an embedding.</summary>
    /// <param name="embedding">(B, Dtemb), the model's dtype. Not disposed.</param>
    public TimeStates(Tensor embedding) => _embedding = embedding;

    /// <summary>Wraps what all layers of a model map an embedding to.</summary>
    internal TimeStates(IReadOnlyDictionary<Linear, Tensor> projected) => _projected = projected;

    /// <summary>Wraps an embedding; nothing for nothing.</summary>
    public static implicit operator TimeStates?(Tensor? embedding) => FromTensor(embedding);

    /// <summary>Wraps an embedding; nothing for nothing.</summary>
    public static TimeStates? FromTensor(Tensor? embedding) => embedding is null ? null : new(embedding);

    /// <summary>What a layer maps the activated embedding to.</summary>
    /// <returns>(B, D), owned by the caller.</returns>
    internal Tensor Project(Linear layer, Activation activation) =>
        _projected is null ? activation.Apply(_embedding!).Then(layer.forward) : _projected[layer].alias();
}

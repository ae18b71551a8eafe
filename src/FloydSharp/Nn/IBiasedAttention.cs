using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way for attention of few tokens with a bias on each score.</summary>
internal interface IBiasedAttention
{
    /// <summary>softmax(Q K^T + bias) V for each head, if this way serves these tensors.</summary>
    /// <param name="q">Queries (B, T, N * K), of a head K numbers side by side. Not disposed.</param>
    /// <param name="k">Keys, as many. Not disposed.</param>
    /// <param name="v">Values, as many. Not disposed.</param>
    /// <param name="bias">(1 or B, N, T, T). Not disposed.</param>
    /// <returns>(B, T, N * K), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryRun(Tensor q, Tensor k, Tensor v, Tensor bias);
}

/// <summary>A layer that can work by <see cref="IBiasedAttention"/>.</summary>
internal interface IUsesBiasedAttention
{
    /// <summary>The faster way; null for the plain one. Not disposed.</summary>
    IBiasedAttention? BiasedAttention { get; set; }
}

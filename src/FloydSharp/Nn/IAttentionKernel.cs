using static TorchSharp.torch;

namespace FloydSharp.Nn;

/// <summary>Another way to compute <see cref="ScaledDotProductAttention"/>, without a mask.</summary>
public interface IAttentionKernel
{
    /// <summary>Attends, if this way serves these tensors.</summary>
    /// <param name="q">Queries (B, N, S, K). Not disposed.</param>
    /// <param name="sources">Keys and values (B, N, T, K) of one or more sources in one softmax. Not disposed.</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <returns>(B, N, S, K), owned by the caller; null where the plain way must do it.</returns>
    Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale);
}

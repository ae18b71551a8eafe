using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Attention to text and pixels in one softmax: their keys and values are laid side by side by one launch.</summary>
internal sealed class JoinedSources(CudaFunctions functions) : IAttentionKernel
{
    /// <inheritdoc/>
    public Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale)
    {
        if (sources.Count != 2 || Math.Abs((scale * Math.Sqrt(q.shape[^1])) - 1) > 1e-12 || !functions.Serves(q) || !sources.All(s => Fits(s.K, s.V)))
            return null;
        var (text, pixels) = (sources[0], sources[1]);
        var (batch, heads, width) = (q.shape[0], q.shape[1], q.shape[3]);
        if (text.K.shape[0] != batch || pixels.K.shape[0] != batch || text.K.shape[1] != heads || pixels.K.shape[1] != heads)
            return null;

        using var scope = NewDisposeScope();
        var (t, s) = ((int)text.K.shape[2], (int)pixels.K.shape[2]);
        var vectors = (int)(heads * width / functions.Vector);
        var both = empty([batch, t + s, 2, heads, width], q.dtype, q.device); // (B, T + S, 2, N, K)
        functions.LaunchOver(functions.JoinSources, (long)(t + s) * 2 * vectors,
            [CudaFunctions.Pointer(text.K), CudaFunctions.Pointer(text.V), (nint)text.K.stride(0), (nint)text.K.stride(2), t,
             CudaFunctions.Pointer(pixels.K), CudaFunctions.Pointer(pixels.V), (nint)pixels.K.stride(0), (nint)pixels.K.stride(2), s,
             CudaFunctions.Pointer(both), vectors],
            (int)batch);
        GC.KeepAlive(sources);
        var (k, v) = (both.select(2, 0).transpose(1, 2), both.select(2, 1).transpose(1, 2)); // (B, N, T + S, K)
        return nn.functional.scaled_dot_product_attention(q, k, v, null, 0, false).MoveToOuterDisposeScope(); // (B, N, S, K)
    }

    // Rows of all heads side by side, of keys and values alike.
    private bool Fits(Tensor k, Tensor v)
    {
        return Dense(k) && Dense(v) && k.shape.AsSpan().SequenceEqual(v.shape) && k.stride(0) == v.stride(0) && k.stride(2) == v.stride(2);

        bool Dense(Tensor x) => functions.Serves(x) && x.stride(3) == 1 && (x.stride(1) == x.shape[3] || x.shape[1] == 1)
            && x.shape[1] * x.shape[3] % functions.Vector == 0 && x.stride(2) % functions.Vector == 0 && x.stride(0) % functions.Vector == 0
            && CudaFunctions.IsAligned(x);
    }
}

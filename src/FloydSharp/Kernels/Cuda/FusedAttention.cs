using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Attention where libtorch's own lacks something: to text and pixels in one softmax, whose keys and values are laid side by side by
/// one launch; and with heads too wide for its fast kernels, as groups of queries by two products with a softmax between them.
/// </summary>
internal sealed class FusedAttention(CudaFunctions functions) : IAttentionKernel
{
    /// <summary>libtorch's fast kernels take no wider heads.</summary>
    private const long WidestFlash = 256;

    private const long ScoreBytes = 256L << 20;
    private const int SoftmaxThreads = 1024;

    // A thread of the softmax keeps so many vectors (KEPT in the source).
    private const int Kept = 8;

    // Shares of a thousand keys and more are near the smallest numbers of float16: they are carried so much larger. Values may
    // then reach 65504 / 64.
    private const float ShareFactor = 64;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor q, IReadOnlyList<(Tensor K, Tensor V)> sources, double scale)
    {
        if (!functions.Serves(q))
            return null;
        return sources.Count switch
        {
            1 when q.shape[3] > WidestFlash => TryWide(q, sources[0].K, sources[0].V, scale),
            2 when Math.Abs((scale * Math.Sqrt(q.shape[3])) - 1) < 1e-12 => TryJoined(q, sources[0], sources[1]),
            _ => null,
        };
    }

    private Tensor? TryJoined(Tensor q, (Tensor K, Tensor V) text, (Tensor K, Tensor V) pixels)
    {
        var (batch, heads, width) = (q.shape[0], q.shape[1], q.shape[3]);
        if (!Fits(text) || !Fits(pixels) || text.K.shape[0] != batch || pixels.K.shape[0] != batch || text.K.shape[1] != heads || pixels.K.shape[1] != heads)
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
        GC.KeepAlive((text, pixels));
        var (k, v) = (both.select(2, 0).transpose(1, 2), both.select(2, 1).transpose(1, 2)); // (B, N, T + S, K)
        return nn.functional.scaled_dot_product_attention(q, k, v, null, 0, false).MoveToOuterDisposeScope(); // (B, N, S, K)
    }

    // Rows of all heads side by side, of keys and values alike.
    private bool Fits((Tensor K, Tensor V) source)
    {
        var (k, v) = source;
        return Dense(k) && Dense(v) && k.shape.AsSpan().SequenceEqual(v.shape) && k.stride(0) == v.stride(0) && k.stride(2) == v.stride(2);

        bool Dense(Tensor x) => functions.Serves(x) && x.stride(3) == 1 && (x.stride(1) == x.shape[3] || x.shape[1] == 1)
            && x.shape[1] * x.shape[3] % functions.Vector == 0 && x.stride(2) % functions.Vector == 0 && x.stride(0) % functions.Vector == 0
            && CudaFunctions.IsAligned(x);
    }

    private Tensor? TryWide(Tensor q, Tensor k, Tensor v, double scale)
    {
        var (batch, queries, keys, width) = (q.shape[0], q.shape[2], k.shape[2], q.shape[3]);
        var vectors = keys / functions.Vector;
        if (q.shape[1] != 1 || functions.DType == ScalarType.Float32 || keys % functions.Vector != 0 || vectors > SoftmaxThreads * Kept
            || width % functions.Vector != 0 || !functions.Serves(k) || !functions.Serves(v))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var scaled = Scaled(q.contiguous(), scale);                           // (B, 1, S, K)
        var rows = Math.Clamp(ScoreBytes / (keys * q.ElementSize), 1, queries);
        var threads = (int)Math.Min(SoftmaxThreads, (vectors + 31) / 32 * 32);
        List<Tensor> parts = [];
        for (var b = 0L; b < batch; b++)
        {
            var (own, keysAcross, values) = (scaled[b, 0], k[b, 0].transpose(0, 1), v[b, 0]); // (S, K), (K, T), (T, K)
            for (var start = 0L; start < queries; start += rows)
            {
                var count = Math.Min(rows, queries - start);
                using var some = own.narrow(0, start, count);                 // (rows, K)
                using var scores = some.mm(keysAcross);                       // (rows, T)
                functions.Launch(functions.SoftmaxRows, ((int)count, 1), threads, 0, [CudaFunctions.Pointer(scores), (int)keys, ShareFactor]);
                parts.Add(scores.mm(values));                                 // (rows, K)
            }
        }

        return Scaled(cat(parts).view(batch, 1, queries, width), 1 / ShareFactor).MoveToOuterDisposeScope(); // (B, 1, S, K)
    }

    private Tensor Scaled(Tensor x, double factor)
    {
        var result = empty_like(x);
        var count = (int)(x.numel() / functions.Vector);
        functions.LaunchOver(functions.Finish, count,
            [CudaFunctions.Pointer(x), 0, 0, CudaFunctions.Pointer(result), count, count, (float)factor]);
        return result;
    }
}

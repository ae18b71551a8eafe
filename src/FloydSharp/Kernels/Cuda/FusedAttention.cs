using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Attention where libtorch's own lacks something: to text and pixels in one softmax, whose keys and values are laid side by side by
/// one launch; and with heads too wide for its fast kernels, block by block of queries and keys by two products with a softmax that
/// runs along between them, so that a block's scores never leave the processor's cache. With very many keys <see cref="EightBitAttention"/>
/// takes the latter.
/// </summary>
internal sealed class FusedAttention(CudaFunctions functions) : IAttentionKernel
{
    /// <summary>libtorch's fast kernels take no wider heads.</summary>
    private const long WidestFlash = 256;

    // So many scores of as many keys as a warp holds, 32 MiB, fit an H200's second-level cache (50 MiB) beside what they are made
    // of; products of so many rows and the width of a head still fill its processors.
    private const long Queries = 8192;

    private const int Warp = 32;
    private const int RowsOfBlock = 8;

    // A thread of the softmax keeps so many vectors (KEPT in the source).
    private const int Kept = 8;

    // Shares of a thousand keys and more are near the smallest numbers of float16: they are carried so much larger. Values may
    // then reach 65504 / 64.
    private const float ShareFactor = 64;

    private readonly EightBitAttention _eightBit = new(functions);

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
        if (q.shape[1] != 1 || functions.DType == ScalarType.Float32 || keys % functions.Vector != 0 || width % functions.Vector != 0 || !functions.Serves(k) || !functions.Serves(v))
            return null;

        using var scope = NewDisposeScope();
        var dense = q.contiguous();
        if (_eightBit.TryRun(dense, k, v, scale) is { } seen)
            return seen.MoveToOuterDisposeScope();
        var scaled = Scaled(dense, scale);                                    // (B, 1, S, K)
        List<Tensor> parts = [];
        for (var b = 0L; b < batch; b++)
        {
            var (own, keysAcross, values) = (scaled[b, 0], k[b, 0].transpose(0, 1), v[b, 0]); // (S, K), (K, T), (T, K)
            for (var start = 0L; start < queries; start += Queries)
                parts.Add(Gather(own.narrow(0, start, Math.Min(Queries, queries - start)), keysAcross, values)); // (some of S, K)
        }

        return Scaled(cat(parts).view(batch, 1, queries, width), 1 / ShareFactor).MoveToOuterDisposeScope(); // (B, 1, S, K)
    }

    // What some queries (R, K) see of all keys (K, T) and values (T, K), times the share factor: (R, K), owned by the caller.
    private Tensor Gather(Tensor queries, Tensor keysAcross, Tensor values)
    {
        using var scope = NewDisposeScope();
        var (rows, keys, width) = (queries.shape[0], values.shape[0], (int)values.shape[1]);
        var step = Warp * Kept * functions.Vector;
        var state = empty([rows, 2], ScalarType.Float32, queries.device);
        Tensor? sum = null;
        for (var key = 0L; key < keys; key += step)
        {
            var count = Math.Min(step, keys - key);
            using var some = keysAcross.narrow(1, key, count);                // (K, keys of the block)
            using var theirs = values.narrow(0, key, count);                  // (keys of the block, K)
            using var scores = queries.mm(some);                              // (R, keys of the block)
            functions.Launch(functions.SoftmaxBlock, ((int)(rows + RowsOfBlock - 1) / RowsOfBlock, 1), Warp * RowsOfBlock, 0,
                [CudaFunctions.Pointer(scores), (int)rows, (int)count, CudaFunctions.Pointer(state), CudaFunctions.Pointer(sum), width, ShareFactor, sum is null ? 1 : 0]);
            if (sum is null)
                sum = scores.mm(theirs);                                      // (R, K)
            else
                sum.addmm_(scores, theirs);
        }

        return sum!.MoveToOuterDisposeScope();
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

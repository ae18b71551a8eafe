using FloydSharp.Native;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>
/// Attention with one wide head to many keys, block by block of queries and keys: scores in 16 bits, shares and values in 8 (float8,
/// e4m3), sums in float32 within a block. The shares' sum is that of the rounded ones, so that rounding moves none of the whole. Half
/// of the products run twice as fast, and half as much goes through memory.
/// </summary>
/// <remarks>The result is off by 0.1 % of itself where scores hardly differ, by 2.5 % where single keys win; a decoder adds it to what came in.</remarks>
internal sealed class EightBitAttention(CudaFunctions functions)
{
    /// <summary>With fewer keys there is little to win.</summary>
    public const long LeastKeys = 16384;

    // The most scores of a block, 128 MiB: the fewer blocks, the better the products run. A quarter of the queries at most, so that
    // less is taken for small pictures, in whole tiles of a product. A warp holds a row of as many keys (KEPT8 in the source).
    private const long Queries = 16384;
    private const long Tile = 256;
    private const long Keys = 4096;

    private const int Multiple = 16;
    private const double Greatest = 448;
    private const double GreatestFloat16 = 65504;
    private const int Turned = 32;
    private const int Warp = 32;
    private const int RowsOfBlock = 4;

    /// <summary>Runs it.</summary>
    /// <param name="q">(B, 1, S, K), dense.</param>
    /// <param name="k">(B, 1, T, K).</param>
    /// <param name="v">(B, 1, T, K).</param>
    /// <param name="scale">What scores are multiplied with.</param>
    /// <returns>(B, 1, S, K), owned by the caller. Null for shapes and devices that it does not serve.</returns>
    public Tensor? TryRun(Tensor q, Tensor k, Tensor v, double scale)
    {
        var (batch, all, seen, width) = (q.shape[0], q.shape[2], k.shape[2], q.shape[3]);
        if (seen < LeastKeys || seen % Multiple != 0 || width % Multiple != 0 || !HasRows(k) || !HasRows(v) || EightBitSupport.Problem(functions.Device) is not null)
            return null;

        using var scope = NewDisposeScope();
        using var products = new Products(width, seen, k.stride(2), functions.DType);
        var (rows, depth) = (Math.Min(Queries, ((all / 4) + Tile - 1) / Tile * Tile), Math.Min(Keys, seen));
        // All blocks but the last ones are of one size.
        foreach (var size in new[] { (rows, depth), (all % rows, depth), (rows, seen % depth), (all % rows, seen % depth) })
        {
            if (size is { Item1: > 0, Item2: > 0 } && !products.Has(size))
                return null;
        }

        var result = empty_like(q);
        var room = new Room(rows, depth, products.WorkspaceBytes, q);
        for (var b = 0L; b < batch; b++)
        {
            var keys = k[b, 0];                                               // (T, K)
            var (values, greatest) = Values(v[b, 0]);                         // (K, T), (1)
            for (var start = 0L; start < all; start += rows)
            {
                var count = Math.Min(rows, all - start);
                Gather(room, q[b, 0].narrow(0, start, count), keys, scale, values, greatest, result[b, 0].narrow(0, start, count), products);
            }
        }

        return result.MoveToOuterDisposeScope();                              // (B, 1, S, K)
    }

    private bool HasRows(Tensor x) => functions.Serves(x) && x.stride(3) == 1 && x.stride(2) % Multiple == 0 && CudaFunctions.IsAligned(x);

    // Values (T, K) as 8 bits, turned (K, T), and the greatest magnitude of them, which 448 stands for.
    private (Tensor Values, Tensor Greatest) Values(Tensor v)
    {
        var (count, width) = ((int)v.shape[0], (int)v.shape[1]);
        var (greatest, eight) = (zeros(1, ScalarType.Float32, v.device), empty([width, count], ScalarType.Byte, v.device));
        var (n, vectors) = (count * (width / functions.Vector), width / functions.Vector);
        functions.LaunchOver(functions.GreatestMagnitude, n, [CudaFunctions.Pointer(v), (nint)v.stride(0), n, vectors, CudaFunctions.Pointer(greatest)]);
        functions.Launch(functions.Values8, ((count + Turned - 1) / Turned, (width + Turned - 1) / Turned), Turned * 8, 0,
            [CudaFunctions.Pointer(v), (nint)v.stride(0), count, width, CudaFunctions.Pointer(greatest), CudaFunctions.Pointer(eight)]);
        return (eight, greatest);
    }

    // What some queries (R, K) see of all keys (T, K) and values (K, T), to y (R, K).
    private void Gather(Room room, Tensor queries, Tensor keys, double scale, Tensor values, Tensor greatest, Tensor y, Products products)
    {
        var (rows, count, width) = ((int)queries.shape[0], keys.shape[0], (int)queries.shape[1]);
        var to = CudaFunctions.Pointer(y);
        // So small that the greatest shares and values of all keys together stay within float16.
        var alpha = (float)Math.Pow(2, -Math.Ceiling(double.Log2(Greatest * Greatest * count / GreatestFloat16)));
        for (var key = 0L; key < count; key += Keys)
        {
            using var some = keys.narrow(0, key, Math.Min(Keys, count - key)); // (keys of the block, K)
            var depth = (int)some.shape[0];
            var (scores, shares) = products.Of((rows, depth));
            // The softmax counts in powers of 2.
            functions.Multiply(scores, CudaFunctions.Pointer(queries), CudaFunctions.Pointer(some), room.Scores, (float)(scale * double.Log2(Math.E)), adds: false, room.Workspace);
            functions.Launch(functions.SoftmaxBlock8, ((rows + RowsOfBlock - 1) / RowsOfBlock, 1), Warp * RowsOfBlock, 0,
                [CudaFunctions.Pointer(room.Scores), CudaFunctions.Pointer(room.Shares), rows, depth, CudaFunctions.Pointer(room.State), to, width, key == 0 ? 1 : 0]);
            functions.Multiply(shares, CudaFunctions.Pointer(room.Shares), CudaFunctions.Pointer(values) + (nint)key, y, alpha, adds: key > 0, room.Workspace);
        }

        var n = rows * (width / functions.Vector);
        functions.LaunchOver(functions.Settle8, n, [to, CudaFunctions.Pointer(room.State), CudaFunctions.Pointer(greatest), n, width / functions.Vector, 1 / alpha]);
    }

    // What a block is worked out in, in turn.
    private sealed record Room(Tensor Scores, Tensor Shares, Tensor State, Tensor Workspace)
    {
        public Room(long rows, long depth, long workspace, Tensor like)
            : this(
                empty([rows, depth], like.dtype, like.device), empty([rows, depth], ScalarType.Byte, like.device),
                empty([rows, 2], ScalarType.Float32, like.device), empty(Math.Max(workspace, 1), ScalarType.Byte, like.device))
        {
        }
    }

    // The products of one call, for blocks of queries and keys of two sizes at most.
    private sealed class Products(long width, long count, long keyStride, ScalarType dtype) : IDisposable
    {
        private readonly Dictionary<(long Rows, long Depth), (RowProduct Scores, RowProduct Shares)> _all = [];

        public long WorkspaceBytes => _all.Values.Max(p => Math.Max(p.Scores.WorkspaceBytes, p.Shares.WorkspaceBytes));

        public bool Has((long Rows, long Depth) size) => Of(size) is { Scores.IsThere: true, Shares.IsThere: true };

        public (RowProduct Scores, RowProduct Shares) Of((long Rows, long Depth) size)
        {
            if (!_all.TryGetValue(size, out var pair))
            {
                _all[size] = pair = (
                    new(size.Rows, width, size.Depth, (width, keyStride), dtype, eightBits: false),
                    new(size.Rows, size.Depth, width, (size.Depth, count), dtype, eightBits: true));
            }

            return pair;
        }

        public void Dispose()
        {
            foreach (var (scores, shares) in _all.Values)
            {
                scores.Dispose();
                shares.Dispose();
            }
        }
    }
}

using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Models.Vae;

/// <summary>
/// Attention over many positions in groups of queries, for devices whose kernels would form the whole score matrix: at
/// 256 x 256 positions that matrix alone has 8 GiB in float16.
/// </summary>
public static class QueryChunks
{
    /// <summary>Bytes of scores that are formed at once.</summary>
    public const long ScoreBytes = 256L << 20;

    /// <summary>How many queries to take at once.</summary>
    /// <param name="q">Queries (B, N, S, K). Not disposed.</param>
    /// <param name="k">Keys (B, N, T, K). Not disposed.</param>
    /// <returns>All S where a kernel of the device never forms the scores, or where they are small.</returns>
    public static long RowsFor(Tensor q, Tensor k)
    {
        var rows = q.shape[2];
        if (!FormsScores(q.device_type, q.dtype, q.shape[3]))
            return rows;
        var bytesPerRow = q.shape[0] * q.shape[1] * k.shape[2] * q.ElementSize;
        return Math.Clamp(ScoreBytes / bytesPerRow, 1, rows);
    }

    /// <summary>Attends with all keys for one group of queries after the other.</summary>
    /// <param name="q">Queries (B, N, S, K). Not disposed.</param>
    /// <param name="k">Keys (B, N, T, K). Not disposed.</param>
    /// <param name="v">Values (B, N, T, K). Not disposed.</param>
    /// <param name="rows">Queries at once, at least 1.</param>
    /// <param name="kernel">A faster way, used where it serves these tensors. Not disposed.</param>
    /// <returns>(B, N, S, K), owned by the caller.</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, long rows, IAttentionKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (rows >= q.shape[2])
            return ScaledDotProductAttention.Attend(q, k, v, kernel: kernel);

        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var start = 0L; start < q.shape[2]; start += rows)
        {
            using var part = q.narrow(2, start, Math.Min(rows, q.shape[2] - start)); // (B, N, rows, K)
            parts.Add(ScaledDotProductAttention.Attend(part, k, v, kernel: kernel));
        }

        return cat(parts, dim: 2).MoveToOuterDisposeScope();                  // (B, N, S, K)
    }

    // PyTorch's CPU kernel takes any width. CUDA's memory-efficient kernel needs rows aligned to 16 bytes, and no kernel
    // there takes float64; other devices have none at all.
    private static bool FormsScores(TorchSharp.DeviceType device, ScalarType dtype, long width) => device switch
    {
        TorchSharp.DeviceType.CPU => false,
        TorchSharp.DeviceType.CUDA => dtype switch
        {
            ScalarType.Float16 or ScalarType.BFloat16 => width % 8 != 0,
            ScalarType.Float32 => width % 4 != 0,
            _ => true,
        },
        _ => true,
    };
}

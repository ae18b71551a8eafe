using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>Compact rows to floating point, into memory that is already there.</summary>
internal static unsafe class RowExpansion
{
    /// <summary>Writes rows.</summary>
    /// <param name="source">The weight. Not disposed.</param>
    /// <param name="first">Its first row to write.</param>
    /// <param name="target">(rows, row length), contiguous, floating point, on the weight's device; overwritten. Not disposed.</param>
    /// <param name="scaled">False writes int8 values as they are, without their scales.</param>
    public static void Write(CompactTensor source, long first, Tensor target, bool scaled)
    {
        using var scope = NewDisposeScope();
        var rows = target.shape[0];
        var values = source.Values.narrow(0, first, rows).view(rows, -1);     // (rows, K)
        var scales = scaled ? source.Scales?.narrow(0, first, rows) : null;   // (rows)
        if (scales is not null && target.device_type == TorchSharp.DeviceType.CPU && target.dtype == ScalarType.Float32)
        {
            Widen(values, scales, target);
            return;
        }

        // 127 and less are exact in every dtype, and the product is rounded once: in place it is computed in the scales' float32.
        target.copy_(values);
        if (scales is not null)
            target.mul_(scales.DividedBy(CompactTensor.Int8Max).unsqueeze(1));
    }

    private static void Widen(Tensor values, Tensor scales, Tensor target)
    {
        var (rows, length) = (target.shape[0], target.shape[1]);
        fixed (byte* q = values.bytes, s = scales.bytes, w = target.bytes)
        {
            var source = (sbyte*)q;
            var scale = (float*)s;
            var result = (float*)w;
            Spread(rows, row => WidenRow(source + (row * length), scale[row] / CompactTensor.Int8Max, result + (row * length), length));
        }
    }

    // Compiled in its best form at once: the runtime's first form of vector code is far slower.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenRow(sbyte* source, float scale, float* target, long length)
    {
        var factor = Vector256.Create(scale);
        var i = 0L;
        for (; i <= length - Vector256<sbyte>.Count; i += Vector256<sbyte>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(source + i));
            var (a, b) = Vector256.Widen(low);
            var (c, d) = Vector256.Widen(high);
            (Vector256.ConvertToSingle(a) * factor).Store(target + i);
            (Vector256.ConvertToSingle(b) * factor).Store(target + i + 8);
            (Vector256.ConvertToSingle(c) * factor).Store(target + i + 16);
            (Vector256.ConvertToSingle(d) * factor).Store(target + i + 24);
        }

        for (; i < length; i++)
            target[i] = source[i] * scale;
    }

    /// <summary>Runs over rows on as many threads as libtorch uses, each with one run of neighbouring rows.</summary>
    internal static void Spread(long rows, Action<long> work)
    {
        var threads = (int)Math.Min(get_num_threads(), rows);
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) }, thread =>
        {
            for (var row = rows * thread / threads; row < rows * (thread + 1) / threads; row++)
                work(row);
        });
    }
}

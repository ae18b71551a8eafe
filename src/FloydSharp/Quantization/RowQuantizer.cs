using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FloydSharp.IO;
using static TorchSharp.torch;

namespace FloydSharp.Quantization;

/// <summary>
/// Rows of weights to int8 as bitsandbytes does it: the scale is a row's absolute maximum, a value is
/// <c>w * 127 / scale</c> rounded to the nearest whole number, halves to the even one. A row of zeros has scale 0.
/// </summary>
public static unsafe class RowQuantizer
{
    private const int LargestFinite = 0x7F7F_FFFF;

    /// <summary>Quantizes a weight.</summary>
    /// <param name="weight">[N, ...], float16, bfloat16 or float32, on a CPU. Not disposed.</param>
    /// <returns>Values [N, ...] int8 and scales [N] float32; owned by the caller.</returns>
    /// <exception cref="FloydException">A value is not a finite number.</exception>
    public static (Tensor Values, Tensor Scales) Quantize(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var values = empty(weight.shape, ScalarType.Int8);
        var scales = empty(weight.shape[0]);
        Quantize(weight.contiguous().view(weight.shape[0], -1), values.view(weight.shape[0], -1), scales, "the weight");
        return (values.MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope());
    }

    /// <summary>Quantizes rows into memory that is already there.</summary>
    /// <param name="rows">(rows, K), floating point, on the CPU, contiguous. Not disposed.</param>
    /// <param name="values">(rows, K), int8, on the CPU, contiguous; overwritten. Null finds the scales alone.</param>
    /// <param name="scales">(rows), float32, on the CPU, contiguous; overwritten.</param>
    /// <param name="name">What messages call the weight.</param>
    /// <exception cref="FloydException">A value is not a finite number.</exception>
    internal static void Quantize(Tensor rows, Tensor? values, Tensor scales, string name)
    {
        using var wide = rows.to(ScalarType.Float32);
        var (count, length) = (wide.shape[0], wide.shape[1]);
        var damaged = -1L;
        fixed (byte* w = wide.bytes, q = values is null ? [] : values.bytes, s = scales.bytes)
        {
            var source = (float*)w;
            var target = (sbyte*)q;
            var scale = (float*)s;
            RowExpansion.Spread(count, row =>
            {
                var from = source + (row * length);
                scale[row] = AbsoluteMaximum(from, length);
                if (!float.IsFinite(scale[row] * CompactTensor.Int8Max))
                    Interlocked.Exchange(ref damaged, row);
                else if (target is not null)
                    QuantizeRow(from, target + (row * length), length, scale[row]);
            });
        }

        if (damaged >= 0)
            throw new FloydException($"A row of {name} holds values that are no finite numbers or too large to quantize; the file is damaged, download it again.");
    }

    // As whole numbers, absolute values of floats sort like themselves, with infinity and NaN on top.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float AbsoluteMaximum(float* row, long length)
    {
        var mask = Vector256.Create(int.MaxValue);
        var most = Vector256<int>.Zero;
        var i = 0L;
        for (; i <= length - Vector256<int>.Count; i += Vector256<int>.Count)
            most = Vector256.Max(most, Vector256.Load((int*)(row + i)) & mask);
        var result = 0;
        for (var lane = 0; lane < Vector256<int>.Count; lane++)
            result = Math.Max(result, most[lane]);
        for (; i < length; i++)
            result = Math.Max(result, *(int*)(row + i) & int.MaxValue);
        return result > LargestFinite ? float.NaN : BitConverter.Int32BitsToSingle(result);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void QuantizeRow(float* row, sbyte* target, long length, float scale)
    {
        if (scale == 0)
        {
            NativeMemory.Clear(target, (nuint)length);
            return;
        }

        // Adding and subtracting 1.5 * 2^23 rounds to whole numbers, halves to even ones.
        const float Rounder = 12582912;
        var (factor, divisor, rounder) = (Vector256.Create(CompactTensor.Int8Max), Vector256.Create(scale), Vector256.Create(Rounder));
        var i = 0L;
        for (; i <= length - 32; i += 32)
        {
            var low = Vector256.Narrow(Code(row + i), Code(row + i + 8));
            var high = Vector256.Narrow(Code(row + i + 16), Code(row + i + 24));
            Vector256.Narrow(low, high).Store(target + i);
        }

        for (; i < length; i++)
            target[i] = (sbyte)MathF.Round(row[i] * CompactTensor.Int8Max / scale, MidpointRounding.ToEven);

        Vector256<int> Code(float* at) => Vector256.ConvertToInt32((Vector256.Load(at) * factor / divisor) + rounder - rounder);
    }
}

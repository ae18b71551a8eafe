using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Brings rows of numbers into the panels that <see cref="Microkernel{V, S}"/> reads.</summary>
internal static unsafe class PanelPacking
{
    private const int Block = 4;

    /// <summary>Makes rows the columns of a panel: panel[k * width + j] = rows[j * stride + k].</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="count">Rows; columns beyond them become zeros.</param>
    /// <param name="depth">Numbers per row.</param>
    /// <param name="panel">The panel, (depth, width).</param>
    /// <param name="width">Columns of the panel, a multiple of 4.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* rows, long stride, int count, int depth, float* panel, int width)
    {
        var j = 0;
        for (; j + Block <= count; j += Block)
        {
            var r0 = rows + (j * stride);
            var r1 = r0 + stride;
            var r2 = r1 + stride;
            var r3 = r2 + stride;
            var target = panel + j;
            var k = 0;
            for (; k + Block <= depth; k += Block, target += Block * width)
                Transpose4(r0 + k, r1 + k, r2 + k, r3 + k, target, width);
            for (; k < depth; k++, target += width)
                (target[0], target[1], target[2], target[3]) = (r0[k], r1[k], r2[k], r3[k]);
        }

        for (; j < count; j++)
        {
            for (var k = 0; k < depth; k++)
                panel[((long)k * width) + j] = rows[(j * stride) + k];
        }

        for (var k = 0; k < depth && count < width; k++)
            new Span<float>(panel + ((long)k * width) + count, width - count).Clear();
    }

    /// <summary>Copies a part of each row: panel[k * width + j] = rows[k * stride + j].</summary>
    /// <param name="rows">The part's first number.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="count">Numbers of each row; columns beyond them become zeros.</param>
    /// <param name="depth">Rows.</param>
    /// <param name="panel">The panel, (depth, width).</param>
    /// <param name="width">Columns of the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* rows, long stride, int count, int depth, float* panel, int width)
    {
        for (var k = 0; k < depth; k++, rows += stride, panel += width)
        {
            new Span<float>(rows, count).CopyTo(new(panel, width));
            new Span<float>(panel + count, width - count).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* r0, float* r1, float* r2, float* r3, float* target, int width)
    {
        var (v0, v1, v2, v3) = (Vector128.Load(r0), Vector128.Load(r1), Vector128.Load(r2), Vector128.Load(r3));
        var (low01, high01) = (Sse.UnpackLow(v0, v1), Sse.UnpackHigh(v0, v1));
        var (low23, high23) = (Sse.UnpackLow(v2, v3), Sse.UnpackHigh(v2, v3));
        Sse.MoveLowToHigh(low01, low23).Store(target);
        Sse.MoveHighToLow(low23, low01).Store(target + width);
        Sse.MoveLowToHigh(high01, high23).Store(target + (2 * width));
        Sse.MoveHighToLow(high23, high01).Store(target + (3 * width));
    }
}

using System.Runtime.CompilerServices;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// A bfloat16 matrix (N, K) as <see cref="TileProduct"/> reads it: panels of 64 rows, in each of them pairs of neighbouring
/// columns one after the other, of a pair all 64 rows. A panel takes the place that its rows had.
/// </summary>
internal static unsafe class BFloat16Panels
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 64;

    // Pairs of a row that make a line of the cache.
    private const int Line = 16;

    /// <summary>Brings a matrix into panels, in place.</summary>
    /// <param name="matrix">(N, K), N a multiple of 64, K even, contiguous, on the CPU. Not disposed.</param>
    public static void Arrange(Tensor matrix) => Each(matrix, (from, to, depth) => Arrange(from, to, depth));

    /// <summary>Undoes <see cref="Arrange(Tensor)"/>.</summary>
    /// <param name="matrix">The same. Not disposed.</param>
    public static void Restore(Tensor matrix) => Each(matrix, (from, to, depth) => Restore(from, to, depth));

    /// <summary>Brings one panel into order.</summary>
    /// <param name="rows">64 rows of K numbers.</param>
    /// <param name="panel">As many numbers; overwritten.</param>
    /// <param name="depth">K.</param>
    // Compiled in its best form at once, as what follows: whole weights go through the first call.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Arrange(ushort* rows, ushort* panel, long depth)
    {
        var from = (uint*)rows;
        var to = (uint*)panel;
        var pairs = depth / 2;
        for (var first = 0L; first < pairs; first += Line)
        {
            var end = Math.Min(first + Line, pairs);
            for (var row = 0; row < Width; row++)
            {
                for (var pair = first; pair < end; pair++)
                    to[(pair * Width) + row] = from[(row * pairs) + pair];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Restore(ushort* panel, ushort* rows, long depth)
    {
        var from = (uint*)panel;
        var to = (uint*)rows;
        var pairs = depth / 2;
        for (var first = 0L; first < pairs; first += Line)
        {
            var end = Math.Min(first + Line, pairs);
            for (var row = 0; row < Width; row++)
            {
                for (var pair = first; pair < end; pair++)
                    to[(row * pairs) + pair] = from[(pair * Width) + row];
            }
        }
    }

    private delegate void Reorder(ushort* from, ushort* to, long depth);

    private static void Each(Tensor matrix, Reorder reorder)
    {
        var (rows, depth) = (matrix.shape[0], matrix.shape[1]);
        var all = (ushort*)TensorMemory.Pointer(matrix);
        var size = Width * depth;
        ThreadTeam.Run((int)(rows / Width), size / 2, (index, scratch) =>
        {
            var place = all + (index * size);
            Buffer.MemoryCopy(place, scratch, size * sizeof(ushort), size * sizeof(ushort));
            reorder((ushort*)scratch, place, depth);
        });
        GC.KeepAlive(matrix);
    }
}

using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// The innermost product: a tile of results stays in registers while rows of one factor meet a panel of the other
/// (Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication").
/// </summary>
internal static unsafe class Microkernel<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>c = a b for <see cref="ISimd{V}.TileRows"/> rows and one panel.</summary>
    /// <param name="a">The rows.</param>
    /// <param name="lda">Numbers from one row of a to the next.</param>
    /// <param name="b">The panel, (depth, vectors * width).</param>
    /// <param name="vectors">Vectors of the panel, 1 to 3.</param>
    /// <param name="c">The results.</param>
    /// <param name="ldc">Numbers from one row of c to the next.</param>
    /// <param name="depth">Columns of a.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* a, nint lda, float* b, int vectors, float* c, nint ldc, int depth)
    {
        if (S.TileRows == 8)
        {
            if (vectors == 3)
                EightRows<V, S>.Tile3(a, lda, b, c, ldc, depth);
            else if (vectors == 2)
                EightRows<V, S>.Tile2(a, lda, b, c, ldc, depth);
            else
                EightRows<V, S>.Tile1(a, lda, b, c, ldc, depth);
        }
        else if (vectors == 3)
        {
            FourRows<V, S>.Tile3(a, lda, b, c, ldc, depth);
        }
        else if (vectors == 2)
        {
            FourRows<V, S>.Tile2(a, lda, b, c, ldc, depth);
        }
        else
        {
            FourRows<V, S>.Tile1(a, lda, b, c, ldc, depth);
        }
    }

    /// <summary>The same, and brings a part of what is needed after it near.</summary>
    /// <param name="a">The rows.</param>
    /// <param name="lda">Numbers from one row of a to the next.</param>
    /// <param name="b">The panel.</param>
    /// <param name="vectors">Vectors of the panel.</param>
    /// <param name="c">The results.</param>
    /// <param name="ldc">Numbers from one row of c to the next.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="ahead">A line of memory per column of a from here on.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RunAhead(float* a, nint lda, float* b, int vectors, float* c, nint ldc, int depth, float* ahead)
    {
        if (vectors != 3)
            Run(a, lda, b, vectors, c, ldc, depth);
        else if (S.TileRows == 8)
            EightRows<V, S>.Tile3Ahead(a, lda, b, c, ldc, depth, ahead);
        else
            FourRows<V, S>.Tile3Ahead(a, lda, b, c, ldc, depth, ahead);
    }
}

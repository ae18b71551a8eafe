using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Tiles of 4 rows for processors with 16 vector registers. Written out, as loops over tiles would put them into memory.
/// </summary>
internal static unsafe class FourRows<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>4 rows, three vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero, c0y = S.Zero, c0z = S.Zero;
        V c1x = S.Zero, c1y = S.Zero, c1z = S.Zero;
        V c2x = S.Zero, c2y = S.Zero, c2z = S.Zero;
        V c3x = S.Zero, c3y = S.Zero, c3z = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        for (var k = 0; k < depth; k++)
        {
            var bx = S.Load(b);
            var by = S.Load(b + S.Width);
            var bz = S.Load(b + (2 * S.Width));
            var row = S.Fill(*a);
            c0x = S.Fma(row, bx, c0x);
            c0y = S.Fma(row, by, c0y);
            c0z = S.Fma(row, bz, c0z);
            row = S.Fill(a[lda]);
            c1x = S.Fma(row, bx, c1x);
            c1y = S.Fma(row, by, c1y);
            c1z = S.Fma(row, bz, c1z);
            row = S.Fill(a[lda2]);
            c2x = S.Fma(row, bx, c2x);
            c2y = S.Fma(row, by, c2y);
            c2z = S.Fma(row, bz, c2z);
            row = S.Fill(*a1);
            c3x = S.Fma(row, bx, c3x);
            c3y = S.Fma(row, by, c3y);
            c3z = S.Fma(row, bz, c3z);
            b += 3 * S.Width;
            a++;
            a1++;
        }

        S.Store(c0x, c);
        S.Store(c0y, c + S.Width);
        S.Store(c0z, c + (2 * S.Width));
        c += ldc;
        S.Store(c1x, c);
        S.Store(c1y, c + S.Width);
        S.Store(c1z, c + (2 * S.Width));
        c += ldc;
        S.Store(c2x, c);
        S.Store(c2y, c + S.Width);
        S.Store(c2z, c + (2 * S.Width));
        c += ldc;
        S.Store(c3x, c);
        S.Store(c3y, c + S.Width);
        S.Store(c3z, c + (2 * S.Width));
    }

    /// <summary>4 rows, three vectors; meanwhile brings a line of memory per step near, from <paramref name="ahead"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3Ahead(float* a, nint lda, float* b, float* c, nint ldc, int depth, float* ahead)
    {
        V c0x = S.Zero, c0y = S.Zero, c0z = S.Zero;
        V c1x = S.Zero, c1y = S.Zero, c1z = S.Zero;
        V c2x = S.Zero, c2y = S.Zero, c2z = S.Zero;
        V c3x = S.Zero, c3y = S.Zero, c3z = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        for (var k = 0; k < depth; k++)
        {
            var bx = S.Load(b);
            var by = S.Load(b + S.Width);
            var bz = S.Load(b + (2 * S.Width));
            var row = S.Fill(*a);
            c0x = S.Fma(row, bx, c0x);
            c0y = S.Fma(row, by, c0y);
            c0z = S.Fma(row, bz, c0z);
            row = S.Fill(a[lda]);
            c1x = S.Fma(row, bx, c1x);
            c1y = S.Fma(row, by, c1y);
            c1z = S.Fma(row, bz, c1z);
            row = S.Fill(a[lda2]);
            c2x = S.Fma(row, bx, c2x);
            c2y = S.Fma(row, by, c2y);
            c2z = S.Fma(row, bz, c2z);
            row = S.Fill(*a1);
            c3x = S.Fma(row, bx, c3x);
            c3y = S.Fma(row, by, c3y);
            c3z = S.Fma(row, bz, c3z);
            CacheLines.BringNear(ahead);
            ahead += CacheLines.Numbers;
            b += 3 * S.Width;
            a++;
            a1++;
        }

        S.Store(c0x, c);
        S.Store(c0y, c + S.Width);
        S.Store(c0z, c + (2 * S.Width));
        c += ldc;
        S.Store(c1x, c);
        S.Store(c1y, c + S.Width);
        S.Store(c1z, c + (2 * S.Width));
        c += ldc;
        S.Store(c2x, c);
        S.Store(c2y, c + S.Width);
        S.Store(c2z, c + (2 * S.Width));
        c += ldc;
        S.Store(c3x, c);
        S.Store(c3y, c + S.Width);
        S.Store(c3z, c + (2 * S.Width));
    }

    /// <summary>4 rows, two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero, c0y = S.Zero;
        V c1x = S.Zero, c1y = S.Zero;
        V c2x = S.Zero, c2y = S.Zero;
        V c3x = S.Zero, c3y = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        for (var k = 0; k < depth; k++)
        {
            var bx = S.Load(b);
            var by = S.Load(b + S.Width);
            var row = S.Fill(*a);
            c0x = S.Fma(row, bx, c0x);
            c0y = S.Fma(row, by, c0y);
            row = S.Fill(a[lda]);
            c1x = S.Fma(row, bx, c1x);
            c1y = S.Fma(row, by, c1y);
            row = S.Fill(a[lda2]);
            c2x = S.Fma(row, bx, c2x);
            c2y = S.Fma(row, by, c2y);
            row = S.Fill(*a1);
            c3x = S.Fma(row, bx, c3x);
            c3y = S.Fma(row, by, c3y);
            b += 2 * S.Width;
            a++;
            a1++;
        }

        S.Store(c0x, c);
        S.Store(c0y, c + S.Width);
        c += ldc;
        S.Store(c1x, c);
        S.Store(c1y, c + S.Width);
        c += ldc;
        S.Store(c2x, c);
        S.Store(c2y, c + S.Width);
        c += ldc;
        S.Store(c3x, c);
        S.Store(c3y, c + S.Width);
    }

    /// <summary>4 rows, one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero;
        V c1x = S.Zero;
        V c2x = S.Zero;
        V c3x = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        for (var k = 0; k < depth; k++)
        {
            var bx = S.Load(b);
            var row = S.Fill(*a);
            c0x = S.Fma(row, bx, c0x);
            row = S.Fill(a[lda]);
            c1x = S.Fma(row, bx, c1x);
            row = S.Fill(a[lda2]);
            c2x = S.Fma(row, bx, c2x);
            row = S.Fill(*a1);
            c3x = S.Fma(row, bx, c3x);
            b += S.Width;
            a++;
            a1++;
        }

        S.Store(c0x, c);
        c += ldc;
        S.Store(c1x, c);
        c += ldc;
        S.Store(c2x, c);
        c += ldc;
        S.Store(c3x, c);
    }
}

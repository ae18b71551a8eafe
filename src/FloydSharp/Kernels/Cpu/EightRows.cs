using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Tiles of 8 rows for processors with 32 vector registers. Written out, as loops over tiles would put them into memory.
/// </summary>
internal static unsafe class EightRows<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>8 rows, three vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero, c0y = S.Zero, c0z = S.Zero;
        V c1x = S.Zero, c1y = S.Zero, c1z = S.Zero;
        V c2x = S.Zero, c2y = S.Zero, c2z = S.Zero;
        V c3x = S.Zero, c3y = S.Zero, c3z = S.Zero;
        V c4x = S.Zero, c4y = S.Zero, c4z = S.Zero;
        V c5x = S.Zero, c5y = S.Zero, c5z = S.Zero;
        V c6x = S.Zero, c6y = S.Zero, c6z = S.Zero;
        V c7x = S.Zero, c7y = S.Zero, c7z = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        var a2 = a + (6 * lda);
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
            row = S.Fill(a1[lda]);
            c4x = S.Fma(row, bx, c4x);
            c4y = S.Fma(row, by, c4y);
            c4z = S.Fma(row, bz, c4z);
            row = S.Fill(a1[lda2]);
            c5x = S.Fma(row, bx, c5x);
            c5y = S.Fma(row, by, c5y);
            c5z = S.Fma(row, bz, c5z);
            row = S.Fill(*a2);
            c6x = S.Fma(row, bx, c6x);
            c6y = S.Fma(row, by, c6y);
            c6z = S.Fma(row, bz, c6z);
            row = S.Fill(a2[lda]);
            c7x = S.Fma(row, bx, c7x);
            c7y = S.Fma(row, by, c7y);
            c7z = S.Fma(row, bz, c7z);
            b += 3 * S.Width;
            a++;
            a1++;
            a2++;
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
        c += ldc;
        S.Store(c4x, c);
        S.Store(c4y, c + S.Width);
        S.Store(c4z, c + (2 * S.Width));
        c += ldc;
        S.Store(c5x, c);
        S.Store(c5y, c + S.Width);
        S.Store(c5z, c + (2 * S.Width));
        c += ldc;
        S.Store(c6x, c);
        S.Store(c6y, c + S.Width);
        S.Store(c6z, c + (2 * S.Width));
        c += ldc;
        S.Store(c7x, c);
        S.Store(c7y, c + S.Width);
        S.Store(c7z, c + (2 * S.Width));
    }

    /// <summary>8 rows, three vectors; meanwhile brings a line of memory per step near, from <paramref name="ahead"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile3Ahead(float* a, nint lda, float* b, float* c, nint ldc, int depth, float* ahead)
    {
        V c0x = S.Zero, c0y = S.Zero, c0z = S.Zero;
        V c1x = S.Zero, c1y = S.Zero, c1z = S.Zero;
        V c2x = S.Zero, c2y = S.Zero, c2z = S.Zero;
        V c3x = S.Zero, c3y = S.Zero, c3z = S.Zero;
        V c4x = S.Zero, c4y = S.Zero, c4z = S.Zero;
        V c5x = S.Zero, c5y = S.Zero, c5z = S.Zero;
        V c6x = S.Zero, c6y = S.Zero, c6z = S.Zero;
        V c7x = S.Zero, c7y = S.Zero, c7z = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        var a2 = a + (6 * lda);
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
            row = S.Fill(a1[lda]);
            c4x = S.Fma(row, bx, c4x);
            c4y = S.Fma(row, by, c4y);
            c4z = S.Fma(row, bz, c4z);
            row = S.Fill(a1[lda2]);
            c5x = S.Fma(row, bx, c5x);
            c5y = S.Fma(row, by, c5y);
            c5z = S.Fma(row, bz, c5z);
            row = S.Fill(*a2);
            c6x = S.Fma(row, bx, c6x);
            c6y = S.Fma(row, by, c6y);
            c6z = S.Fma(row, bz, c6z);
            row = S.Fill(a2[lda]);
            c7x = S.Fma(row, bx, c7x);
            c7y = S.Fma(row, by, c7y);
            c7z = S.Fma(row, bz, c7z);
            CacheLines.BringNear(ahead);
            ahead += CacheLines.Numbers;
            b += 3 * S.Width;
            a++;
            a1++;
            a2++;
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
        c += ldc;
        S.Store(c4x, c);
        S.Store(c4y, c + S.Width);
        S.Store(c4z, c + (2 * S.Width));
        c += ldc;
        S.Store(c5x, c);
        S.Store(c5y, c + S.Width);
        S.Store(c5z, c + (2 * S.Width));
        c += ldc;
        S.Store(c6x, c);
        S.Store(c6y, c + S.Width);
        S.Store(c6z, c + (2 * S.Width));
        c += ldc;
        S.Store(c7x, c);
        S.Store(c7y, c + S.Width);
        S.Store(c7z, c + (2 * S.Width));
    }

    /// <summary>8 rows, two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero, c0y = S.Zero;
        V c1x = S.Zero, c1y = S.Zero;
        V c2x = S.Zero, c2y = S.Zero;
        V c3x = S.Zero, c3y = S.Zero;
        V c4x = S.Zero, c4y = S.Zero;
        V c5x = S.Zero, c5y = S.Zero;
        V c6x = S.Zero, c6y = S.Zero;
        V c7x = S.Zero, c7y = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        var a2 = a + (6 * lda);
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
            row = S.Fill(a1[lda]);
            c4x = S.Fma(row, bx, c4x);
            c4y = S.Fma(row, by, c4y);
            row = S.Fill(a1[lda2]);
            c5x = S.Fma(row, bx, c5x);
            c5y = S.Fma(row, by, c5y);
            row = S.Fill(*a2);
            c6x = S.Fma(row, bx, c6x);
            c6y = S.Fma(row, by, c6y);
            row = S.Fill(a2[lda]);
            c7x = S.Fma(row, bx, c7x);
            c7y = S.Fma(row, by, c7y);
            b += 2 * S.Width;
            a++;
            a1++;
            a2++;
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
        c += ldc;
        S.Store(c4x, c);
        S.Store(c4y, c + S.Width);
        c += ldc;
        S.Store(c5x, c);
        S.Store(c5y, c + S.Width);
        c += ldc;
        S.Store(c6x, c);
        S.Store(c6y, c + S.Width);
        c += ldc;
        S.Store(c7x, c);
        S.Store(c7y, c + S.Width);
    }

    /// <summary>8 rows, one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(float* a, nint lda, float* b, float* c, nint ldc, int depth)
    {
        V c0x = S.Zero;
        V c1x = S.Zero;
        V c2x = S.Zero;
        V c3x = S.Zero;
        V c4x = S.Zero;
        V c5x = S.Zero;
        V c6x = S.Zero;
        V c7x = S.Zero;
        var lda2 = 2 * lda;
        var a1 = a + (3 * lda);
        var a2 = a + (6 * lda);
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
            row = S.Fill(a1[lda]);
            c4x = S.Fma(row, bx, c4x);
            row = S.Fill(a1[lda2]);
            c5x = S.Fma(row, bx, c5x);
            row = S.Fill(*a2);
            c6x = S.Fma(row, bx, c6x);
            row = S.Fill(a2[lda]);
            c7x = S.Fma(row, bx, c7x);
            b += S.Width;
            a++;
            a1++;
            a2++;
        }

        S.Store(c0x, c);
        c += ldc;
        S.Store(c1x, c);
        c += ldc;
        S.Store(c2x, c);
        c += ldc;
        S.Store(c3x, c);
        c += ldc;
        S.Store(c4x, c);
        c += ldc;
        S.Store(c5x, c);
        c += ldc;
        S.Store(c6x, c);
        c += ldc;
        S.Store(c7x, c);
    }
}

using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Products of matrices that lie in a thread's caches, and of whole matrices: the loops around <see cref="Microkernel{V, S}"/>.</summary>
internal static unsafe class Gemm<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>Rows that one task does: enough to use a panel often, few enough to stay in the second cache.</summary>
    public const int RowsPerTask = 64;

    // Depth that is done at once, so that a panel's part stays in the second cache and a tile's rows in the first.
    private const int DepthPerBlock = 512;

    private static int Widest => Panels.MostVectors * S.Width;

    /// <summary>Numbers of scratch that <see cref="Rows"/> needs.</summary>
    public static int RowsScratch => (RowsPerTask + S.TileRows) * Widest;

    /// <summary>target = (a weight^T + bias + residual) * scale, by all threads.</summary>
    /// <param name="a">(rows, depth), rows <paramref name="lda"/> numbers apart.</param>
    /// <param name="lda">See there.</param>
    /// <param name="rows">Rows of a.</param>
    /// <param name="depth">Columns of a and of the weight.</param>
    /// <param name="weight">(columns, depth), dense: as linear layers keep it. It is laid out anew at each call, which costs little beside the product and no memory that stays.</param>
    /// <param name="columns">Rows of the weight, columns of the result.</param>
    /// <param name="target">(rows, columns), rows <paramref name="ldc"/> numbers apart.</param>
    /// <param name="ldc">See there.</param>
    /// <param name="finish">What is done with the results.</param>
    public static void Multiply(float* a, long lda, int rows, int depth, float* weight, int columns, float* target, long ldc, Finish finish)
    {
        var panels = new Panels(columns, S.Width);
        var groups = (rows + RowsPerTask - 1) / RowsPerTask;
        long tail = (long)S.TileRows * depth;
        if (groups >= 2 * ThreadTeam.Threads || panels.Count < ThreadTeam.Threads)
        {
            using var packed = new AlignedBuffer((long)panels.PaddedColumns * depth);
            var b = packed.Pointer;
            ThreadTeam.Run(panels.Count, p => Pack(weight, depth, panels, p, b + ((long)panels.Start(p) * depth)));
            ThreadTeam.Run(groups, RowsScratch + tail, (group, scratch) =>
            {
                for (var p = 0; p < panels.Count; p++)
                    Group(group, p, b + ((long)panels.Start(p) * depth), scratch, scratch + RowsScratch, p == 0);
            });
        }
        else
        {
            ThreadTeam.Run(panels.Count, RowsScratch + tail + ((long)Widest * depth), (p, scratch) =>
            {
                var b = scratch + RowsScratch + tail;
                Pack(weight, depth, panels, p, b);
                for (var group = 0; group < groups; group++)
                    Group(group, p, b, scratch, scratch + RowsScratch, true);
            });
        }

        void Group(int group, int p, float* b, float* scratch, float* last, bool fillLast)
        {
            var first = (long)group * RowsPerTask;
            var count = (int)Math.Min(RowsPerTask, rows - first);
            if (fillLast)
                FillLast(a + (first * lda), lda, count, depth, last);
            var start = panels.Start(p);
            Rows(a + (first * lda), lda, count, depth, last, b, panels.Vectors(p), panels.ColumnsOf(p),
                target + (first * ldc) + start, ldc, finish.At(first, start), scratch);
        }
    }

    /// <summary>Copies the rows that do not fill a tile, and zeros to fill it.</summary>
    /// <param name="a">The first row.</param>
    /// <param name="lda">Numbers from one row to the next.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="depth">Numbers per row.</param>
    /// <param name="last">Room for a tile's rows.</param>
    public static void FillLast(float* a, long lda, int rows, int depth, float* last)
    {
        var whole = rows / S.TileRows * S.TileRows;
        for (var r = whole; whole < rows && r < whole + S.TileRows; r++, last += depth)
        {
            if (r < rows)
                new Span<float>(a + (r * lda), depth).CopyTo(new(last, depth));
            else
                new Span<float>(last, depth).Clear();
        }
    }

    /// <summary>The product of some rows and one panel, finished.</summary>
    /// <param name="a">The rows, <paramref name="lda"/> numbers apart.</param>
    /// <param name="lda">See there.</param>
    /// <param name="rows">Rows, at most <see cref="RowsPerTask"/>.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="last">What <see cref="FillLast"/> made of them.</param>
    /// <param name="panel">The panel, (depth, vectors * width).</param>
    /// <param name="vectors">Vectors of the panel.</param>
    /// <param name="columns">Columns of the panel that count.</param>
    /// <param name="target">The results, rows <paramref name="ldc"/> numbers apart.</param>
    /// <param name="ldc">See there.</param>
    /// <param name="finish">What is done with the results.</param>
    /// <param name="scratch"><see cref="RowsScratch"/> numbers of this thread's own.</param>
    public static void Rows(
        float* a, long lda, int rows, int depth, float* last, float* panel, int vectors, int columns, float* target, long ldc, Finish finish, float* scratch)
    {
        var width = vectors * S.Width;
        var tile = S.TileRows * width;
        for (var start = 0; start < depth; start += DepthPerBlock)
        {
            var part = Math.Min(DepthPerBlock, depth - start);
            var b = panel + ((long)start * width);
            var sums = scratch;
            for (var r = 0; r < rows; r += S.TileRows, sums += tile)
            {
                var (source, stride) = r + S.TileRows <= rows ? ((nint)(a + (r * lda)), (nint)lda) : ((nint)last, depth);
                if (start == 0)
                {
                    Microkernel<V, S>.Run((float*)source, stride, b, vectors, sums, width, part);
                    continue;
                }

                var more = scratch + (RowsPerTask * Widest);
                Microkernel<V, S>.Run((float*)source + start, stride, b, vectors, more, width, part);
                for (var i = 0; i < tile; i += S.Width)
                    S.Store(S.Add(S.Load(sums + i), S.Load(more + i)), sums + i);
            }
        }

        for (var r = 0; r < rows; r++)
            Store(scratch + (r * width), columns, target + (r * ldc), finish.At(r, 0));
    }

    private static void Pack(float* weight, int depth, Panels panels, int p, float* panel) => PanelPacking.Transpose(
        weight + ((long)panels.Start(p) * depth), depth, panels.ColumnsOf(p), depth, panel, panels.Vectors(p) * S.Width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, int columns, float* target, Finish finish)
    {
        var scale = S.Fill(finish.Scale);
        var j = 0;
        for (; j + S.Width <= columns; j += S.Width)
        {
            var x = S.Load(sums + j);
            if (finish.Bias != null)
                x = S.Add(x, S.Load(finish.Bias + j));
            if (finish.Residual != null)
                x = S.Add(x, S.Load(finish.Residual + j));
            S.Store(S.Multiply(x, scale), target + j);
        }

        for (; j < columns; j++)
            target[j] = (sums[j] + (finish.Bias == null ? 0 : finish.Bias[j]) + (finish.Residual == null ? 0 : finish.Residual[j])) * finish.Scale;
    }
}

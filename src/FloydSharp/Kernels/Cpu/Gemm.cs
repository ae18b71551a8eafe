using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>Products of matrices that lie in a thread's caches, and of whole matrices: the loops around <see cref="Microkernel{V, S}"/>.</summary>
internal static unsafe class Gemm<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>Rows that one task does: enough to use a panel often, few enough to stay in the second cache.</summary>
    private const int RowsPerTask = 64;

    private const int RowsPerMaking = 16;

    // Depth that is done at once, so that a panel's part stays in the second cache and a tile's rows in the first.
    private const int DepthPerBlock = 512;

    private static int Widest => Panels.MostVectors * S.Width;

    /// <summary>Numbers of scratch that <see cref="Rows"/> needs.</summary>
    private static int RowsScratch => (RowsPerTask + S.TileRows) * Widest;

    /// <summary>Makes some rows of a factor.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">(count, depth), dense.</param>
    public delegate void RowMaker(long first, int count, float* target);

    /// <summary>target = (a weight^T + bias + residual) * scale, by all threads.</summary>
    /// <param name="a">(rows, depth), dense.</param>
    /// <param name="rows">Rows of a.</param>
    /// <param name="depth">Columns of a and of the weight.</param>
    /// <param name="weight">(columns, depth), dense: as linear layers keep it. It is laid out anew at each call, which costs little beside the product and no memory that stays.</param>
    /// <param name="columns">Rows of the weight, columns of the result.</param>
    /// <param name="target">(rows, columns), rows <paramref name="ldc"/> numbers apart.</param>
    /// <param name="ldc">See there.</param>
    /// <param name="finish">What is done with the results.</param>
    public static void Multiply(float* a, int rows, int depth, float* weight, int columns, float* target, long ldc, Finish finish) =>
        Multiply(a, null, rows, depth, weight, columns, target, ldc, finish);

    /// <summary>The same with rows that are made when they are needed.</summary>
    /// <param name="make">Makes rows of a; called by several threads at once.</param>
    /// <param name="rows">Rows of a.</param>
    /// <param name="depth">Columns of a and of the weight.</param>
    /// <param name="weight">(columns, depth), dense.</param>
    /// <param name="columns">Rows of the weight, columns of the result.</param>
    /// <param name="target">(rows, columns), rows <paramref name="ldc"/> numbers apart.</param>
    /// <param name="ldc">See there.</param>
    /// <param name="finish">What is done with the results.</param>
    public static void Multiply(RowMaker make, int rows, int depth, float* weight, int columns, float* target, long ldc, Finish finish) =>
        Multiply(null, make, rows, depth, weight, columns, target, ldc, finish);

    private static void Multiply(float* a, RowMaker? make, int rows, int depth, float* weight, int columns, float* target, long ldc, Finish finish)
    {
        var panels = new Panels(columns, S.Width);
        var groups = (rows + RowsPerTask - 1) / RowsPerTask;
        long last = (long)S.TileRows * depth;
        if (groups >= 2 * ThreadTeam.Threads || panels.Count < ThreadTeam.Threads)
        {
            // Many rows: each task does some of them with all panels.
            using var packed = new AlignedBuffer((long)panels.PaddedColumns * depth);
            var b = packed.Pointer;
            ThreadTeam.Run(panels.Count, p => Pack(weight, depth, panels, p, b + ((long)panels.Start(p) * depth)));
            ThreadTeam.Run(groups, RowsScratch + last + (make is null ? 0 : (long)RowsPerTask * depth), (group, scratch) =>
            {
                var first = (long)group * RowsPerTask;
                var made = scratch + RowsScratch + last;
                make?.Invoke(first, (int)Math.Min(RowsPerTask, rows - first), made);
                for (var p = 0; p < panels.Count; p++)
                {
                    Group(
                        make is null ? a + (first * depth) : made, group, p, b + ((long)panels.Start(p) * depth), scratch, p == 0,
                        p + 1 < panels.Count ? b + ((long)panels.Start(p + 1) * depth) : b);
                }
            });
            return;
        }

        // Few rows: each task does one panel with all of them, so that the weight is read and laid out once.
        using var memory = new AlignedBuffer(make is null ? 0 : (long)rows * depth);
        var all = make is null ? a : memory.Pointer;
        if (make is not null)
        {
            ThreadTeam.Run((rows + RowsPerMaking - 1) / RowsPerMaking, task =>
            {
                var first = task * RowsPerMaking;
                make(first, Math.Min(RowsPerMaking, rows - first), all + ((long)first * depth));
            });
        }

        ThreadTeam.Run(panels.Count, RowsScratch + last + ((long)Widest * depth), (p, scratch) =>
        {
            var b = scratch + RowsScratch + last;
            var next = weight + ((long)panels.Start(Math.Min(p + ThreadTeam.Threads, panels.Count - 1)) * depth);
            Pack(weight, depth, panels, p, b);
            for (var group = 0; group < groups; group++)
                Group(all + ((long)group * RowsPerTask * depth), group, p, b, scratch, true, group == 0 ? next : null);
        });

        void Group(float* source, int group, int p, float* b, float* scratch, bool fillLast, float* next)
        {
            var first = (long)group * RowsPerTask;
            var count = (int)Math.Min(RowsPerTask, rows - first);
            if (fillLast)
                FillLast(source, count, depth, scratch + RowsScratch);
            var start = panels.Start(p);
            Rows(source, count, depth, scratch + RowsScratch, b, panels.Vectors(p), panels.ColumnsOf(p),
                target + (first * ldc) + start, ldc, finish.At(first, start), scratch, next);
        }
    }

    /// <summary>Copies the rows that do not fill a tile, and zeros to fill it.</summary>
    /// <param name="a">All rows.</param>
    /// <param name="rows">Their number.</param>
    /// <param name="depth">Numbers per row.</param>
    /// <param name="last">Room for a tile's rows.</param>
    private static void FillLast(float* a, int rows, int depth, float* last)
    {
        var whole = rows / S.TileRows * S.TileRows;
        for (var r = whole; whole < rows && r < whole + S.TileRows; r++, last += depth)
        {
            if (r < rows)
                new Span<float>(a + ((long)r * depth), depth).CopyTo(new(last, depth));
            else
                new Span<float>(last, depth).Clear();
        }
    }

    /// <summary>The product of some rows and one panel, finished.</summary>
    /// <param name="a">The rows, dense.</param>
    /// <param name="rows">Their number, at most <see cref="RowsPerTask"/>.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="last">What <see cref="FillLast"/> made of them.</param>
    /// <param name="panel">The panel, (depth, vectors * width).</param>
    /// <param name="vectors">Vectors of the panel.</param>
    /// <param name="columns">Columns of the panel that count.</param>
    /// <param name="target">The results, rows <paramref name="ldc"/> numbers apart.</param>
    /// <param name="ldc">See there.</param>
    /// <param name="finish">What is done with the results.</param>
    /// <param name="scratch"><see cref="RowsScratch"/> numbers of this thread's own.</param>
    /// <param name="next">What will be read after it, as many numbers as the panel has; null where it need not be brought near.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(
        float* a, int rows, int depth, float* last, float* panel, int vectors, int columns, float* target, long ldc, Finish finish, float* scratch, float* next)
    {
        var width = vectors * S.Width;
        var tile = S.TileRows * width;
        var end = next + ((long)depth * width);
        for (var start = 0; start < depth; start += DepthPerBlock)
        {
            var part = Math.Min(DepthPerBlock, depth - start);
            var b = panel + ((long)start * width);
            var sums = scratch;
            for (var r = 0; r < rows; r += S.TileRows, sums += tile)
            {
                var source = r + S.TileRows <= rows ? a + ((long)r * depth) : last;
                var result = start == 0 ? sums : scratch + (RowsPerTask * Widest);
                if (next != null && next < end)
                    Microkernel<V, S>.RunAhead(source + start, depth, b, vectors, result, width, part, next);
                else
                    Microkernel<V, S>.Run(source + start, depth, b, vectors, result, width, part);
                next += next == null ? 0 : part * CacheLines.Numbers;
                if (start == 0)
                {
                    BringTargetNear(r, Math.Min(r + S.TileRows, rows), columns, target, ldc, finish);
                    continue;
                }

                for (var i = 0; i < tile; i += S.Width)
                    S.Store(S.Add(S.Load(sums + i), S.Load(result + i)), sums + i);
            }
        }

        for (var r = 0; r < rows; r++)
            Store(scratch + (r * width), columns, target + (r * ldc), finish.At(r, 0));
    }

    private static void BringTargetNear(int first, int end, int columns, float* target, long ldc, Finish finish)
    {
        for (var r = first; r < end; r++)
        {
            CacheLines.BringNear(target + (r * ldc), columns);
            if (finish.Residual != null)
                CacheLines.BringNear(finish.At(r, 0).Residual, columns);
        }
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

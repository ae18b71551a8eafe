using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// softmax(Q K^T * scale) V block by block with a running maximum and sum (Milakov and Gimelshein 2018, arXiv:1805.02867;
/// Dao et al. 2022, arXiv:2205.14135), so the scores of a block are all that is ever formed. Keys and values may come from
/// two sources, one after the other.
/// </summary>
internal static unsafe class AttentionBlocks<V, S>
    where V : struct
    where S : ISimd<V>
{
    // As far below any score as needed, and finite: differences of infinities are no numbers.
    private const float Lowest = -1e30f;
    private const int WideHead = 256;

    /// <summary>Vectors of every head, (B, T, N, K) in memory with any strides but the last.</summary>
    internal struct Side
    {
        public float* Pointer;
        public long BatchStride;
        public long RowStride;
        public long HeadStride;
        public int Rows;

        public readonly float* Row(int batch, int head, long row) => Pointer + (batch * BatchStride) + (head * HeadStride) + (row * RowStride);
    }

    /// <summary>Computes.</summary>
    /// <param name="batch">B.</param>
    /// <param name="heads">N.</param>
    /// <param name="width">K.</param>
    /// <param name="q">Queries.</param>
    /// <param name="keys">Keys of one or two sources.</param>
    /// <param name="values">Values of the same.</param>
    /// <param name="result">The result.</param>
    /// <param name="scale">Factor on the scores.</param>
    public static void Run(int batch, int heads, int width, Side q, Side[] keys, Side[] values, Side result, float scale)
    {
        var plan = new Plan(width, keys.Sum(k => k.Rows));
        using var memory = new AlignedBuffer(checked(plan.Numbers * batch * heads));
        var packed = (nint)memory.Pointer;
        var blocks = (plan.Keys + plan.KeysPerBlock - 1) / plan.KeysPerBlock;
        ThreadTeam.Run(batch * heads * blocks, plan.KeysPerBlock * (long)width, (task, scratch) =>
        {
            var (head, block) = (task / blocks, task % blocks);
            Pack(plan, (float*)packed + (head * plan.Numbers), block, keys, values, head / heads, head % heads, scratch);
        });

        var queryBlocks = (q.Rows + plan.QueriesPerBlock - 1) / plan.QueriesPerBlock;
        ThreadTeam.Run(batch * heads * queryBlocks, plan.Scratch, (task, scratch) =>
        {
            var (head, first) = (task / queryBlocks, task % queryBlocks * plan.QueriesPerBlock);
            Attend(plan, (float*)packed + (head * plan.Numbers), q, result, head / heads, head % heads, first, scale, scratch);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(Plan plan, float* packed, int block, Side[] keys, Side[] values, int batch, int head, float* scratch)
    {
        var start = block * plan.KeysPerBlock;
        var count = Math.Min(plan.KeysPerBlock, plan.Keys - start);
        var width = plan.Width;

        Gather(keys, batch, head, start, count, width, scratch);
        var panels = new Panels(count, S.Width);
        for (var p = 0; p < panels.Count; p++)
        {
            PanelPacking.Transpose(
                scratch + ((long)panels.Start(p) * width), width, panels.ColumnsOf(p), width,
                packed + ((start + (long)panels.Start(p)) * width), panels.Vectors(p) * S.Width);
        }

        Gather(values, batch, head, start, count, width, scratch);
        var columns = plan.ValuePanels;
        for (var p = 0; p < columns.Count; p++)
        {
            var panelWidth = columns.Vectors(p) * S.Width;
            PanelPacking.Copy(
                scratch + columns.Start(p), width, columns.ColumnsOf(p), count,
                packed + plan.KeyNumbers + ((long)columns.Start(p) * plan.Keys) + ((long)start * panelWidth), panelWidth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(Side[] sources, int batch, int head, int start, int count, int width, float* target)
    {
        foreach (var source in sources)
        {
            for (; count > 0 && start < source.Rows; start++, count--, target += width)
                new Span<float>(source.Row(batch, head, start), width).CopyTo(new(target, width));
            start -= source.Rows;
            if (count == 0)
                return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(Plan plan, float* packed, Side q, Side result, int batch, int head, int first, float scale, float* scratch)
    {
        var (width, queries) = (plan.Width, Math.Min(plan.QueriesPerBlock, q.Rows - first));
        var rows = (queries + S.TileRows - 1) / S.TileRows * S.TileRows;
        var columns = plan.ValuePanels;
        var sums = scratch;                                                   // (rows, padded K)
        var part = sums + ((long)plan.QueriesPerBlock * columns.PaddedColumns); // (rows, padded K)
        var scores = part + ((long)plan.QueriesPerBlock * columns.PaddedColumns); // (rows, keys of a block)
        var scaled = scores + ((long)plan.QueriesPerBlock * plan.KeysPerBlock); // (rows, K)
        var highest = scaled + ((long)plan.QueriesPerBlock * width);          // (rows)
        var totals = highest + plan.QueriesPerBlock;                          // (rows)

        new Span<float>(sums, rows * columns.PaddedColumns).Clear();
        new Span<float>(highest, rows).Fill(Lowest);
        new Span<float>(totals, rows).Clear();
        for (var r = 0; r < rows; r++)
        {
            var source = r < queries ? q.Row(batch, head, first + r) : null;
            if (source == null)
                new Span<float>(scaled + ((long)r * width), width).Clear();
            else
                Scale(source, scale, scaled + ((long)r * width), width);
        }

        for (var start = 0; start < plan.Keys; start += plan.KeysPerBlock)
        {
            var count = Math.Min(plan.KeysPerBlock, plan.Keys - start);
            var panels = new Panels(count, S.Width);
            var stride = panels.PaddedColumns;
            for (var p = 0; p < panels.Count; p++)
            {
                var b = packed + ((start + (long)panels.Start(p)) * width);
                for (var r = 0; r < rows; r += S.TileRows)
                    Microkernel<V, S>.Run(scaled + ((long)r * width), width, b, panels.Vectors(p), scores + ((long)r * stride) + panels.Start(p), stride, width);
            }

            for (var r = 0; r < queries; r++)
                Weigh(scores + ((long)r * stride), count, stride, highest + r, totals + r, sums + ((long)r * columns.PaddedColumns), columns.PaddedColumns);
            for (var p = 0; p < columns.Count; p++)
            {
                var b = packed + plan.KeyNumbers + ((long)columns.Start(p) * plan.Keys) + ((long)start * columns.Vectors(p) * S.Width);
                for (var r = 0; r < rows; r += S.TileRows)
                    Microkernel<V, S>.Run(scores + ((long)r * stride), stride, b, columns.Vectors(p), part + ((long)r * columns.PaddedColumns) + columns.Start(p), columns.PaddedColumns, count);
            }

            for (var i = 0; i < queries * columns.PaddedColumns; i += S.Width)
                S.Store(S.Add(S.Load(sums + i), S.Load(part + i)), sums + i);
        }

        for (var r = 0; r < queries; r++)
            Scale(sums + ((long)r * columns.PaddedColumns), 1 / totals[r], result.Row(batch, head, first + r), width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* source, float factor, float* target, int count)
    {
        var k = 0;
        for (; k + S.Width <= count; k += S.Width)
            S.Store(S.Multiply(S.Load(source + k), S.Fill(factor)), target + k);
        for (; k < count; k++)
            target[k] = source[k] * factor;
    }

    // Scores become weights relative to the highest score so far; what was summed before is brought to the same measure.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(float* scores, int count, int padded, float* highest, float* total, float* sums, int width)
    {
        for (var i = count; i < padded; i++)
            scores[i] = Lowest;
        var top = MathF.Max(Highest(scores, padded), *highest);
        var sum = Exponentials(scores, padded, top);

        // The first block finds nothing to bring to its measure.
        var change = *total == 0 ? 1 : MathF.Exp(*highest - top);
        *total = (*total * change) + sum;
        *highest = top;
        for (var i = 0; i < width && change != 1; i += S.Width)
            S.Store(S.Multiply(S.Load(sums + i), S.Fill(change)), sums + i);
    }

    // Loops by themselves: beside a call, their constants would be read from memory at every turn.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Highest(float* scores, int count)
    {
        var most = S.Load(scores);
        for (var i = S.Width; i < count; i += S.Width)
            most = S.Max(most, S.Load(scores + i));
        return S.Highest(most);
    }

    // Replaces scores by e^(score - top); their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Exponentials(float* scores, int count, float top)
    {
        var (subtrahend, sum) = (S.Fill(top), S.Zero);
        for (var i = 0; i < count; i += S.Width)
        {
            var e = SimdMath<V, S>.Exp(S.Subtract(S.Load(scores + i), subtrahend));
            S.Store(e, scores + i);
            sum = S.Add(sum, e);
        }

        return S.Sum(sum);
    }

    /// <summary>Sizes of blocks and of what is laid out for one head.</summary>
    private readonly struct Plan(int width, int keys)
    {
        public int Width { get; } = width;

        public int Keys { get; } = keys;

        public Panels ValuePanels { get; } = new(width, S.Width);

        // Wide heads read more per score, so more queries share what is read. Multiples of every tile's rows.
        public int QueriesPerBlock { get; } = width >= WideHead ? 96 : 48;

        // A multiple of every panel, so that only the last block has a shorter one.
        public int KeysPerBlock { get; } = (width >= WideHead ? 10 : 20) * Panels.MostVectors * 16;

        public long KeyNumbers => (((long)Keys / KeysPerBlock * KeysPerBlock) + new Panels(Keys % KeysPerBlock, S.Width).PaddedColumns) * Width;

        public long Numbers => (KeyNumbers + ((long)Keys * ValuePanels.PaddedColumns) + 15) / 16 * 16;

        public long Scratch => (long)QueriesPerBlock * ((2 * ValuePanels.PaddedColumns) + KeysPerBlock + Width + 2);
    }
}

using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// 3 x 3 convolutions with a zero pixel around the picture by Winograd's method: tiles are transformed, multiplied place by
/// place and transformed back. Pictures lie pixel by pixel, all channels of one together.
/// </summary>
internal static unsafe class Winograd<V, S, T>
    where V : struct
    where S : ISimd<V>
    where T : IWinogradTile
{
    // A thread's transformed tiles, and their products with one panel, should stay in its second cache.
    private const long PrivateBytes = 900_000;
    private const int FewestPrivateTiles = 16;
    private const int MostPrivateTiles = 96;

    // Beyond that, each time through the weights costs more than sharing tiles in the last cache.
    private const long SmallWeightBytes = 14_000_000;
    private const long SharedBytes = 12_000_000;
    private const int MostTilesPerTask = 64;
    private const int TasksPerThread = 4;

    // Between slices, so that they do not fall on the same lines of a cache.
    private const int SliceGap = 80;

    private const int LineNumbers = 16;

    private static int Slices => T.Size * T.Size;

    private static int Widest => Panels.MostVectors * S.Width;

    /// <summary>Convolves.</summary>
    /// <param name="x">(N, H, W, Cin), or half the height and width where <paramref name="doubled"/>.</param>
    /// <param name="shape">N, H and W of the result.</param>
    /// <param name="doubled">Whether each pixel of x stands for 2 x 2 of the picture that is convolved.</param>
    /// <param name="weights">The filters, perhaps of some output channels; at least one vector of input channels.</param>
    /// <param name="y">(N, H, W, Cout), at the first of those output channels.</param>
    /// <param name="channels">Cout.</param>
    /// <param name="finish">What is done with the results; a residual has their shape.</param>
    public static void Run(float* x, (int Count, int Height, int Width) shape, bool doubled, WinogradWeights weights, float* y, int channels, Finish finish)
    {
        var picture = new Picture(x, shape.Count, shape.Height, shape.Width, doubled, weights, y, channels, finish);
        var weightBytes = Slices * (long)weights.InChannels * weights.Panels.PaddedColumns * sizeof(float);
        var tiles = picture.Tiles;
        var own = (int)Math.Clamp(
            PrivateBytes / (Slices * (weights.InChannels + (long)Widest) * sizeof(float)) / S.TileRows * S.TileRows, FewestPrivateTiles, MostPrivateTiles);
        if (tiles >= 2L * own * ThreadTeam.Threads && weightBytes <= SmallWeightBytes)
        {
            RunPrivate(picture, own);
            return;
        }

        var shared = SharedBytes / (Slices * (long)weights.InChannels * sizeof(float)) / MostTilesPerTask * MostTilesPerTask;
        RunShared(picture, (int)Math.Min(tiles, Math.Max(shared, MostTilesPerTask)));
    }

    // Each task has tiles of its own, and meets all panels with them.
    private static void RunPrivate(Picture picture, int group)
    {
        var inputs = new Room(group, picture.InChannels);
        var products = new Room(group, Widest);
        ThreadTeam.Run((picture.Tiles + group - 1) / group, inputs.Numbers + products.Numbers + picture.InChannels, (index, scratch) =>
        {
            var first = index * group;
            var count = Math.Min(group, picture.Tiles - first);
            var zeros = scratch + inputs.Numbers + products.Numbers;
            new Span<float>(zeros, picture.InChannels).Clear();
            for (var t = 0; t < count; t++)
                TransformInput(picture, first + t, scratch + ((long)t * picture.InChannels), inputs.Slice, zeros);
            for (var p = 0; p < picture.Weights.Panels.Count; p++)
                Panel(picture, p, scratch, inputs, first, count, scratch + inputs.Numbers, products);
        });
    }

    // All threads share a large group of tiles; each task has some of them, and one panel.
    private static void RunShared(Picture picture, int group)
    {
        const int TilesPerTransform = 8;
        var panels = picture.Weights.Panels.Count;
        var part = (int)Math.Min(MostTilesPerTask, (long)group * panels / (TasksPerThread * ThreadTeam.Threads));
        part = Math.Max((part + S.TileRows - 1) / S.TileRows, 1) * S.TileRows;
        var inputs = new Room(group, picture.InChannels);
        var products = new Room(part, Widest);
        using var memory = new AlignedBuffer(inputs.Numbers + picture.InChannels);
        var (shared, zeros) = ((nint)memory.Pointer, (nint)(memory.Pointer + inputs.Numbers));
        new Span<float>((float*)zeros, picture.InChannels).Clear();
        for (var start = 0; start < picture.Tiles; start += group)
        {
            var first = start;
            var count = Math.Min(group, picture.Tiles - first);
            ThreadTeam.Run((count + TilesPerTransform - 1) / TilesPerTransform, task =>
            {
                for (var t = task * TilesPerTransform; t < Math.Min(count, (task + 1) * TilesPerTransform); t++)
                    TransformInput(picture, first + t, (float*)shared + ((long)t * picture.InChannels), inputs.Slice, (float*)zeros);
            });
            var parts = (count + part - 1) / part;
            ThreadTeam.Run(parts * panels, products.Numbers, (task, scratch) =>
            {
                var from = task % parts * part;
                Panel(picture, task / parts, (float*)shared + ((long)from * picture.InChannels), inputs, first + from, Math.Min(part, count - from), scratch, products);
            });
        }
    }

    // The products of some tiles with one panel of all matrices, transformed back.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel(Picture picture, int panel, float* inputs, Room inputRoom, int first, int count, float* products, Room productRoom)
    {
        var weights = picture.Weights;
        var vectors = weights.Panels.Vectors(panel);
        var (depth, width) = (weights.InChannels, vectors * S.Width);
        for (var slice = 0; slice < Slices; slice++)
        {
            // Rows beyond the last tile are multiplied too; nothing reads their products.
            var a = inputs + (slice * inputRoom.Slice);
            var b = weights.Panel(slice, panel);
            var c = products + (slice * productRoom.Slice);
            var next = slice + 1 < Slices ? weights.Panel(slice + 1, panel) : weights.Panel(0, Math.Min(panel + 1, weights.Panels.Count - 1));
            for (var t = 0; t < count; t += S.TileRows)
            {
                var (row, target) = ((long)t * depth, (long)t * width);
                if (t / S.TileRows * CacheLines.Numbers < width)
                    Microkernel<V, S>.RunAhead(a + row, depth, b, vectors, c + target, width, depth, next + ((long)t / S.TileRows * CacheLines.Numbers * depth));
                else
                    Microkernel<V, S>.Run(a + row, depth, b, vectors, c + target, width, depth);
            }

            // Where results go, and what is added to them, is asked for bit by bit.
            for (var t = slice * count / Slices; t < (slice + 1) * count / Slices; t++)
                BringOutputNear(picture, first + t, panel);
        }

        for (var t = 0; t < count; t++)
            TransformOutput(picture, first + t, panel, products + ((long)t * width), productRoom.Slice);
    }

    private static void BringOutputNear(Picture picture, int tile, int panel)
    {
        var (n, top, left) = picture.Place(tile);
        var channels = picture.Weights.Panels.ColumnsOf(panel);
        for (var i = top; i < Math.Min(top + T.Side, picture.Height); i++)
        {
            for (var j = left; j < Math.Min(left + T.Side, picture.Width); j++)
            {
                var at = (((((long)n * picture.Height) + i) * picture.Width) + j) * picture.OutChannels + picture.Weights.Panels.Start(panel);
                CacheLines.BringNear(picture.Y + at, channels);
                if (picture.Finish.Residual != null)
                    CacheLines.BringNear(picture.Finish.Residual + at, channels);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformInput(Picture picture, int tile, float* target, nint slice, float* zeros)
    {
        var (n, top, left) = picture.Place(tile);
        var shift = picture.Doubled ? 1 : 0;
        var (sourceHeight, sourceWidth, channels) = (picture.Height >> shift, picture.Width >> shift, picture.InChannels);
        var pixels = stackalloc float*[Slices];
        for (var i = 0; i < T.Size; i++)
        {
            for (var j = 0; j < T.Size; j++)
            {
                var (y, x) = (top - 1 + i, left - 1 + j);
                var inside = (uint)y < (uint)picture.Height && (uint)x < (uint)picture.Width;
                pixels[(T.Size * i) + j] = inside
                    ? picture.X + ((((((long)n * sourceHeight) + (y >> shift)) * sourceWidth) + (x >> shift)) * channels)
                    : zeros;
            }
        }

        var room = stackalloc float[(Slices * S.Width) + LineNumbers];
        var half = Aligned(room);
        // Pixels that the tile to the right does not share with this one.
        var ahead = (T.Side >> shift) * channels;
        for (var c = 0; c < channels; c += S.Width)
        {
            // The last vector overlaps the one before it; the same numbers are stored again.
            c = Math.Min(c, channels - S.Width);
            for (var i = 0; i < T.Size; i++)
            {
                for (var j = T.Size - T.Side; j < T.Size; j++)
                    CacheLines.BringNear(pixels[(T.Size * i) + j] + ahead + c);
            }

            for (var j = 0; j < T.Size; j++)
                T.InputFromPixels(pixels + j, T.Size, c, half + (j * S.Width), T.Size * S.Width);
            for (var i = 0; i < T.Size; i++)
                T.Input(half + (T.Size * i * S.Width), target + c + (i * T.Size * slice), slice);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput(Picture picture, int tile, int panel, float* source, nint slice)
    {
        var (n, top, left) = picture.Place(tile);
        var channels = picture.Weights.Panels.ColumnsOf(panel);
        var start = picture.Weights.Panels.Start(panel);
        var (rows, columns) = (Math.Min(T.Side, picture.Height - top), Math.Min(T.Side, picture.Width - left));
        var stride = picture.OutChannels;
        var first = (((((long)n * picture.Height) + top) * picture.Width) + left) * stride;
        var room = stackalloc float[(T.Side * T.Size * S.Width) + (T.Side * S.Width) + LineNumbers];
        var half = Aligned(room);
        var results = half + (T.Side * T.Size * S.Width);
        for (var c = 0; c < channels; c += S.Width)
        {
            // As above; with less than a vector of channels the rest of the vector is left out.
            c = Math.Max(Math.Min(c, channels - S.Width), 0);
            for (var j = 0; j < T.Size; j++)
                T.Output(source + c + (j * slice), T.Size * slice, half + (j * S.Width), T.Size * S.Width);
            for (var i = 0; i < rows; i++)
            {
                T.Output(half + (T.Size * i * S.Width), S.Width, results, S.Width);
                var at = first + ((long)i * picture.Width * stride) + start + c;
                for (var j = 0; j < columns; j++)
                    Store(picture, results + (j * S.Width), at + ((long)j * stride), start + c, channels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Picture picture, float* results, long at, int channel, int channels)
    {
        var finish = picture.Finish;
        if (channels < S.Width)
        {
            for (var i = 0; i < channels; i++)
                picture.Y[at + i] = (results[i] + (finish.Bias == null ? 0 : finish.Bias[i]) + (finish.Residual == null ? 0 : finish.Residual[at + i])) * finish.Scale;
            return;
        }

        var value = S.Load(results);
        if (finish.Bias != null)
            value = S.Add(value, S.Load(finish.Bias + channel));
        if (finish.Residual != null)
            value = S.Add(value, S.Load(finish.Residual + at));
        S.Store(S.Multiply(value, S.Fill(finish.Scale)), picture.Y + at);
    }

    // What lies across two lines of the first cache is written and read back much more slowly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Aligned(float* room) => (float*)(((nuint)room + 63) & ~(nuint)63);

    /// <summary>One convolution.</summary>
    private sealed class Picture(float* x, int count, int height, int width, bool doubled, WinogradWeights weights, float* y, int outChannels, Finish finish)
    {
        private readonly int _rows = (height + T.Side - 1) / T.Side;
        private readonly int _columns = (width + T.Side - 1) / T.Side;

        public float* X { get; } = x;

        public float* Y { get; } = y;

        public int Height { get; } = height;

        public int Width { get; } = width;

        public bool Doubled { get; } = doubled;

        public WinogradWeights Weights { get; } = weights;

        public int OutChannels { get; } = outChannels;

        public Finish Finish { get; } = finish;

        public int InChannels => Weights.InChannels;

        public int Tiles => checked(count * _rows * _columns);

        public (int Picture, int Top, int Left) Place(int tile) => (
            tile / (_rows * _columns), tile / _columns % _rows * T.Side, tile % _columns * T.Side);
    }

    /// <summary>How the slices of some transformed tiles lie in memory.</summary>
    private readonly struct Room(int tiles, int channels)
    {
        private readonly int _rows = (tiles + S.TileRows - 1) / S.TileRows * S.TileRows;

        public nint Slice => ((nint)_rows * channels) + SliceGap;

        public long Numbers => (Slices * Slice + 15) / 16 * 16;
    }
}

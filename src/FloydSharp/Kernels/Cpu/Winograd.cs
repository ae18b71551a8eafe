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

    // A thread's tiles with what becomes of them should stay in its second cache, but each time through the weights costs.
    private const long PrivateBytes = 1_300_000;
    private const int FewestPrivateTiles = 24;
    private const int MostPrivateTiles = 96;

    // Where weights do not stay in the last cache, all threads share one large group of tiles.
    private const long LargeWeightBytes = 24_000_000;
    private const long SharedBytes = 16_000_000;
    private const int FewestSharedTiles = 64;

    // Between slices, so that they do not fall on the same lines of a cache.
    private const int SliceGap = 80;

    private static int Slices => T.Size * T.Size;

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
        var perTile = Slices * (weights.InChannels + (long)weights.Panels.PaddedColumns) * sizeof(float);
        var weightBytes = Slices * (long)weights.InChannels * weights.Panels.PaddedColumns * sizeof(float);
        var tiles = picture.Tiles;
        var own = (int)Math.Clamp(PrivateBytes / perTile / S.TileRows * S.TileRows, FewestPrivateTiles, MostPrivateTiles);
        if (tiles < 2L * own * ThreadTeam.Threads || weightBytes > LargeWeightBytes)
            RunShared(picture, (int)Math.Min(tiles, Math.Max(SharedBytes / perTile, FewestSharedTiles)));
        else
            RunPrivate(picture, own);
    }

    private static void RunPrivate(Picture picture, int group)
    {
        var room = new Room(picture, group);
        ThreadTeam.Run((picture.Tiles + group - 1) / group, room.Numbers, (index, scratch) =>
        {
            var first = index * group;
            var count = Math.Min(group, picture.Tiles - first);
            var inputs = scratch;
            var products = scratch + room.Products;
            var zeros = scratch + room.Zeros;
            new Span<float>(zeros, picture.InChannels).Clear();
            for (var t = 0; t < count; t++)
                TransformInput(picture, first + t, inputs + ((long)t * picture.InChannels), room.InputSlice, zeros);
            for (var slice = 0; slice < Slices; slice++)
            {
                for (var p = 0; p < picture.Weights.Panels.Count; p++)
                    MultiplySlice(picture, room, inputs, products, slice, p, count);
            }

            for (var t = 0; t < count; t++)
                TransformOutput(picture, first + t, products + ((long)t * picture.PaddedOut), room.ProductSlice);
        });
    }

    private static void RunShared(Picture picture, int group)
    {
        const int TilesPerTask = 8;
        var room = new Room(picture, group);
        using var memory = new AlignedBuffer(room.Numbers);
        var (inputs, products, zeros) = ((nint)memory.Pointer, (nint)(memory.Pointer + room.Products), (nint)(memory.Pointer + room.Zeros));
        new Span<float>((float*)zeros, picture.InChannels).Clear();
        var panels = picture.Weights.Panels.Count;
        for (var start = 0; start < picture.Tiles; start += group)
        {
            var first = start;
            var count = Math.Min(group, picture.Tiles - first);
            var tasks = (count + TilesPerTask - 1) / TilesPerTask;
            ThreadTeam.Run(tasks, task =>
            {
                for (var t = task * TilesPerTask; t < Math.Min(count, (task + 1) * TilesPerTask); t++)
                    TransformInput(picture, first + t, (float*)inputs + ((long)t * picture.InChannels), room.InputSlice, (float*)zeros);
            });
            ThreadTeam.Run(Slices * panels, task =>
                MultiplySlice(picture, room, (float*)inputs, (float*)products, task / panels, task % panels, count));
            ThreadTeam.Run(tasks, task =>
            {
                for (var t = task * TilesPerTask; t < Math.Min(count, (task + 1) * TilesPerTask); t++)
                    TransformOutput(picture, first + t, (float*)products + ((long)t * picture.PaddedOut), room.ProductSlice);
            });
        }
    }

    // Rows beyond the last tile are multiplied too; nothing reads their products.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySlice(Picture picture, Room room, float* inputs, float* products, int slice, int panel, int count)
    {
        var (depth, ldc) = (picture.InChannels, picture.PaddedOut);
        var a = inputs + (slice * room.InputSlice);
        var c = products + (slice * room.ProductSlice) + picture.Weights.Panels.Start(panel);
        var b = picture.Weights.Panel(slice, panel);
        var vectors = picture.Weights.Panels.Vectors(panel);
        for (var t = 0; t < count; t += S.TileRows)
            Microkernel<V, S>.Run(a + ((long)t * depth), depth, b, vectors, c + ((long)t * ldc), ldc, depth);
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

        var half = stackalloc float[Slices * S.Width];
        for (var c = 0; c < channels; c += S.Width)
        {
            // The last vector overlaps the one before it; the same numbers are stored again.
            c = Math.Min(c, channels - S.Width);
            for (var j = 0; j < T.Size; j++)
                T.InputFromPixels(pixels + j, T.Size, c, half + (j * S.Width), T.Size * S.Width);
            for (var i = 0; i < T.Size; i++)
                T.Input(half + (T.Size * i * S.Width), target + c + (i * T.Size * slice), slice);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput(Picture picture, int tile, float* source, nint slice)
    {
        var (n, top, left) = picture.Place(tile);
        var channels = picture.Weights.Panels.Columns;
        var (rows, columns) = (Math.Min(T.Side, picture.Height - top), Math.Min(T.Side, picture.Width - left));
        var stride = picture.OutChannels;
        var first = (((((long)n * picture.Height) + top) * picture.Width) + left) * stride;
        var half = stackalloc float[T.Side * T.Size * S.Width];
        var results = stackalloc float[T.Side * S.Width];
        for (var c = 0; c < channels; c += S.Width)
        {
            // As above; with less than a vector of channels the rest of the vector is left out.
            c = Math.Max(Math.Min(c, channels - S.Width), 0);
            for (var j = 0; j < T.Size; j++)
                T.Output(source + c + (j * slice), T.Size * slice, half + (j * S.Width), T.Size * S.Width);
            for (var i = 0; i < rows; i++)
            {
                T.Output(half + (T.Size * i * S.Width), S.Width, results, S.Width);
                var at = first + ((long)i * picture.Width * stride) + c;
                for (var j = 0; j < columns; j++)
                    Store(picture, results + (j * S.Width), at + ((long)j * stride), c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Picture picture, float* results, long at, int channel)
    {
        var channels = picture.Weights.Panels.Columns;
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

        public int PaddedOut => Weights.Panels.PaddedColumns;

        public int Tiles => checked(count * _rows * _columns);

        public (int Picture, int Top, int Left) Place(int tile) => (
            tile / (_rows * _columns), tile / _columns % _rows * T.Side, tile % _columns * T.Side);
    }

    /// <summary>How scratch memory is divided for a group of tiles.</summary>
    private readonly struct Room(Picture picture, int tiles)
    {
        private readonly int _rows = (tiles + S.TileRows - 1) / S.TileRows * S.TileRows;

        public nint InputSlice => ((nint)_rows * picture.InChannels) + SliceGap;

        public nint ProductSlice => ((nint)_rows * picture.PaddedOut) + SliceGap;

        public long Products => (Slices * InputSlice + 15) / 16 * 16;

        public long Zeros => Products + (Slices * ProductSlice);

        public long Numbers => Zeros + picture.InChannels;
    }
}

using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// 3 x 3 convolutions with a zero pixel around the picture by Winograd's F(4x4, 3x3): a quarter of the multiplications
/// (Lavin and Gray 2016, arXiv:1509.09308). Pictures lie pixel by pixel, all channels of one together.
/// </summary>
internal static unsafe class Winograd<V, S>
    where V : struct
    where S : ISimd<V>
{
    private const int Slices = WinogradWeights.Slices;
    private const int TileSide = 4;

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

    /// <summary>Convolves.</summary>
    /// <param name="x">(N, H, W, Cin), or half the height and width where <paramref name="doubled"/>.</param>
    /// <param name="shape">N, H and W of the result.</param>
    /// <param name="doubled">Whether each pixel of x stands for 2 x 2 of the picture that is convolved.</param>
    /// <param name="weights">The filters; at least one vector of input channels.</param>
    /// <param name="y">(N, H, W, Cout).</param>
    /// <param name="finish">What is done with the results; a residual has their shape.</param>
    public static void Run(float* x, (int Count, int Height, int Width) shape, bool doubled, WinogradWeights weights, float* y, Finish finish)
    {
        var picture = new Picture(x, shape.Count, shape.Height, shape.Width, doubled, weights, y, finish);
        long perTile = Slices * (weights.InChannels + (long)weights.Panels.PaddedColumns) * sizeof(float);
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
    private static void TransformInput(Picture picture, int tile, float* target, long slice, float* zeros)
    {
        var (n, top, left) = picture.Place(tile);
        var shift = picture.Doubled ? 1 : 0;
        var (sourceHeight, sourceWidth, channels) = (picture.Height >> shift, picture.Width >> shift, picture.InChannels);
        var pixels = stackalloc float*[Slices];
        for (var i = 0; i < 6; i++)
        {
            for (var j = 0; j < 6; j++)
            {
                var (y, x) = (top - 1 + i, left - 1 + j);
                var inside = (uint)y < (uint)picture.Height && (uint)x < (uint)picture.Width;
                pixels[(6 * i) + j] = inside
                    ? picture.X + ((((((long)n * sourceHeight) + (y >> shift)) * sourceWidth) + (x >> shift)) * channels)
                    : zeros;
            }
        }

        var half = stackalloc float[Slices * S.Width];
        for (var c = 0; c < channels; c += S.Width)
        {
            // The last vector overlaps the one before it; the same numbers are stored again.
            c = Math.Min(c, channels - S.Width);
            for (var j = 0; j < 6; j++)
            {
                WinogradTransforms<V, S>.Input(
                    S.Load(pixels[j] + c), S.Load(pixels[6 + j] + c), S.Load(pixels[12 + j] + c),
                    S.Load(pixels[18 + j] + c), S.Load(pixels[24 + j] + c), S.Load(pixels[30 + j] + c),
                    out var o0, out var o1, out var o2, out var o3, out var o4, out var o5);
                var h = half + (j * S.Width);
                S.Store(o0, h);
                S.Store(o1, h + (6 * S.Width));
                S.Store(o2, h + (12 * S.Width));
                S.Store(o3, h + (18 * S.Width));
                S.Store(o4, h + (24 * S.Width));
                S.Store(o5, h + (30 * S.Width));
            }

            var o = target + c;
            for (var i = 0; i < 6; i++, o += 6 * slice)
            {
                var h = half + (6 * i * S.Width);
                WinogradTransforms<V, S>.Input(
                    S.Load(h), S.Load(h + S.Width), S.Load(h + (2 * S.Width)), S.Load(h + (3 * S.Width)), S.Load(h + (4 * S.Width)), S.Load(h + (5 * S.Width)),
                    out var o0, out var o1, out var o2, out var o3, out var o4, out var o5);
                S.Store(o0, o);
                S.Store(o1, o + slice);
                S.Store(o2, o + (2 * slice));
                S.Store(o3, o + (3 * slice));
                S.Store(o4, o + (4 * slice));
                S.Store(o5, o + (5 * slice));
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput(Picture picture, int tile, float* source, long slice)
    {
        var (n, top, left) = picture.Place(tile);
        var channels = picture.Weights.Panels.Columns;
        var (rows, columns) = (Math.Min(TileSide, picture.Height - top), Math.Min(TileSide, picture.Width - left));
        var first = (((((long)n * picture.Height) + top) * picture.Width) + left) * channels;
        var line = (long)picture.Width * channels;
        var half = stackalloc float[4 * 6 * S.Width];
        var tail = stackalloc float[S.Width];
        for (var c = 0; c < channels; c += S.Width)
        {
            // As above; with less than a vector of channels, what is stored passes through the tail.
            c = Math.Max(Math.Min(c, channels - S.Width), 0);
            for (var j = 0; j < 6; j++)
            {
                var q = source + c + (j * slice);
                WinogradTransforms<V, S>.Output(
                    S.Load(q), S.Load(q + (6 * slice)), S.Load(q + (12 * slice)), S.Load(q + (18 * slice)), S.Load(q + (24 * slice)), S.Load(q + (30 * slice)),
                    out var o0, out var o1, out var o2, out var o3);
                var h = half + (j * S.Width);
                S.Store(o0, h);
                S.Store(o1, h + (6 * S.Width));
                S.Store(o2, h + (12 * S.Width));
                S.Store(o3, h + (18 * S.Width));
            }

            for (var i = 0; i < rows; i++)
            {
                var h = half + (6 * i * S.Width);
                WinogradTransforms<V, S>.Output(
                    S.Load(h), S.Load(h + S.Width), S.Load(h + (2 * S.Width)), S.Load(h + (3 * S.Width)), S.Load(h + (4 * S.Width)), S.Load(h + (5 * S.Width)),
                    out var o0, out var o1, out var o2, out var o3);
                var at = first + (i * line) + c;
                Store(picture, o0, at, c, tail);
                if (columns > 1)
                    Store(picture, o1, at + channels, c, tail);
                if (columns > 2)
                    Store(picture, o2, at + (2 * channels), c, tail);
                if (columns > 3)
                    Store(picture, o3, at + (3 * channels), c, tail);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Picture picture, V value, long at, int channel, float* tail)
    {
        var channels = picture.Weights.Panels.Columns;
        var finish = picture.Finish;
        if (channels < S.Width)
        {
            S.Store(value, tail);
            for (var i = 0; i < channels; i++)
                picture.Y[at + i] = (tail[i] + (finish.Bias == null ? 0 : finish.Bias[i]) + (finish.Residual == null ? 0 : finish.Residual[at + i])) * finish.Scale;
            return;
        }

        if (finish.Bias != null)
            value = S.Add(value, S.Load(finish.Bias + channel));
        if (finish.Residual != null)
            value = S.Add(value, S.Load(finish.Residual + at));
        S.Store(S.Multiply(value, S.Fill(finish.Scale)), picture.Y + at);
    }

    /// <summary>One convolution.</summary>
    private sealed class Picture(float* x, int count, int height, int width, bool doubled, WinogradWeights weights, float* y, Finish finish)
    {
        private readonly int _rows = (height + TileSide - 1) / TileSide;
        private readonly int _columns = (width + TileSide - 1) / TileSide;

        public float* X { get; } = x;

        public float* Y { get; } = y;

        public int Height { get; } = height;

        public int Width { get; } = width;

        public bool Doubled { get; } = doubled;

        public WinogradWeights Weights { get; } = weights;

        public Finish Finish { get; } = finish;

        public int InChannels => Weights.InChannels;

        public int PaddedOut => Weights.Panels.PaddedColumns;

        public int Tiles => checked(count * _rows * _columns);

        public (int Picture, int Top, int Left) Place(int tile) => (
            tile / (_rows * _columns), tile / _columns % _rows * TileSide, tile % _columns * TileSide);
    }

    /// <summary>How scratch memory is divided for a group of tiles.</summary>
    private readonly struct Room(Picture picture, int tiles)
    {
        private readonly int _rows = (tiles + S.TileRows - 1) / S.TileRows * S.TileRows;

        public long InputSlice => ((long)_rows * picture.InChannels) + SliceGap;

        public long ProductSlice => ((long)_rows * picture.PaddedOut) + SliceGap;

        public long Products => (Slices * InputSlice + 15) / 16 * 16;

        public long Zeros => Products + (Slices * ProductSlice);

        public long Numbers => Zeros + picture.InChannels;
    }
}

namespace FloydSharp.Planning.Activations;

/// <summary>
/// What a CPU's own convolution kernels hold beside input and result, in values, where memory is limited: filters that are
/// transformed for one use, in parts, and a group of transformed tiles; or the filters laid out anew.
/// </summary>
internal static class CpuConvolution
{
    private const long MiB = 1 << 20;
    private const long PartBytes = 32 * MiB;
    private const long SharedBytes = 16_000_000;
    private const long LargeWeightBytes = 24_000_000;
    private const int FewestSharedTiles = 64;

    // What each thread has for itself where it does tiles alone; few have more than a megabyte.
    private const long PrivateBytes = 4 * MiB;

    private const int FewestChannels = 16;
    private const int SmallestSide4 = 16;
    private const int SmallestSide2 = 8;

    /// <summary>Values that are held while a convolution is computed.</summary>
    /// <param name="x">Its input.</param>
    /// <param name="result">Its result.</param>
    /// <param name="kernel">Side of its kernel.</param>
    /// <param name="stride">1 or 2.</param>
    public static long Values(MapShape x, MapShape result, int kernel, int stride)
    {
        var side = Math.Min(result.Height, result.Width);
        if (kernel != 3 || stride != 1 || x.Channels < FewestChannels || side < SmallestSide2)
            return x.Channels * result.Channels * kernel * kernel;

        long step = side >= SmallestSide4 ? 4 : 2;
        var slices = (step + 2) * (step + 2);
        var all = slices * x.Channels * result.Channels * sizeof(float);
        var parts = (all + PartBytes - 1) / PartBytes;
        var filters = all / parts;
        var tile = slices * (x.Channels + (result.Channels / parts)) * sizeof(float);
        var tiles = result.Batch * ((result.Height + step - 1) / step) * ((result.Width + step - 1) / step);
        var group = filters > LargeWeightBytes || tiles * tile < SharedBytes ? Math.Min(tiles, Math.Max(SharedBytes / tile, FewestSharedTiles)) * tile : PrivateBytes;
        return (filters + group) / sizeof(float);
    }
}

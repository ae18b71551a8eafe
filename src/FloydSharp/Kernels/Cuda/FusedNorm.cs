using System.Numerics;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Group norms with all that surrounds them, by the kernels of GroupNorm.cu.</summary>
internal sealed class FusedNorm(CudaFunctions functions) : IGroupNormKernel
{
    private const int Threads = 384;
    private const int MostThreads = 1024;
    private const int SharedBytes = 48 << 10;

    // A thread of the small kernel keeps so many vectors (KEPT in the source).
    private const int Kept = 8;
    private const int SmallThreads = 512;
    private const int SmallPixels = 256;

    /// <inheritdoc/>
    public bool CanRun(Tensor x, Activation activation) =>
        functions.Serves(x) && x.dim() is 3 or 4 && x.shape[1] % functions.Vector == 0 && x.stride(1) == 1
        && CudaFunctions.NumberOf(activation) is not null && Fits(x.shape[1]);

    /// <summary>Whether so many channels can be served.</summary>
    public bool Fits(long channels) =>
        channels % functions.Vector == 0 && channels / functions.Vector <= MostThreads && LaneBytes((int)channels) <= SharedBytes;

    /// <inheritdoc/>
    public Tensor Run(Tensor x, GroupNormTerms terms)
    {
        using var scope = NewDisposeScope();
        var rows = PixelOrder.Rows(x);                                        // (B, ..., C)
        return PixelOrder.Features(Run(rows, terms, null, null)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds what is left to add, normalises, scales and shifts, activates, and halves the size if asked to.</summary>
    /// <param name="rows">(B, H, W, C) or (B, S, C), dense, served. Not disposed.</param>
    /// <param name="terms">What it is done with.</param>
    /// <param name="before">Added first, (C); null for nothing. Not disposed.</param>
    /// <param name="time">Added first per sample, (B, C); null for nothing. Not disposed.</param>
    /// <param name="halve">Whether the mean of each 2 x 2 pixels follows the activation.</param>
    /// <param name="skip">Further channels, read as if they lay behind those of <paramref name="rows"/>: (B, H, W, C'), dense, served; null for none. Not disposed.</param>
    /// <returns>(B, H', W', C + C') or (B, S, C), owned by the caller.</returns>
    public Tensor Run(Tensor rows, GroupNormTerms terms, Tensor? before, Tensor? time, bool halve = false, Tensor? skip = null)
    {
        using var scope = NewDisposeScope();
        var shape = rows.shape;
        var own = (int)shape[^1];
        var (batch, channels, groups) = ((int)shape[0], own + (int)(skip?.shape[^1] ?? 0), (int)terms.Groups);
        var (height, width) = shape.Length == 4 ? ((int)shape[1], (int)shape[2]) : (1, (int)shape[1]);
        long[] pixels = halve ? [height / 2, width / 2] : shape[1..^1];
        var result = empty([batch, .. pixels, channels], rows.dtype, rows.device); // (B, H', W', C + C')
        var scale = Flat(terms.Scale);                                        // (B, C)
        var shift = Flat(terms.Shift);
        var told = time is null ? null : Aligned(time);
        var call = new Call(
            CudaFunctions.Pointer(rows), CudaFunctions.Pointer(skip), own, CudaFunctions.Pointer(before), CudaFunctions.Pointer(told), Stride(told),
            CudaFunctions.Pointer(terms.Weight), CudaFunctions.Pointer(terms.Bias), CudaFunctions.Pointer(scale), CudaFunctions.Pointer(shift), Stride(scale),
            CudaFunctions.Pointer(result), batch, height, width, channels, groups, CudaFunctions.NumberOf(terms.Activation)!.Value, (float)terms.Eps);
        if (halve || !TrySmall(call))
            Large(call, halve, rows.device);
        GC.KeepAlive((rows, skip, terms, before, time));
        return result.MoveToOuterDisposeScope();
    }

    // Sums per chunk of pixels, then everything else; both fill the device, and the second adds up what the first left.
    private void Large(Call c, bool halve, Device device)
    {
        var (threads, lanes) = ThreadsFor(c.Channels, 2 * c.Groups);
        var pixels = c.Height * c.Width;
        var rows = Math.Max(4 * lanes, Rounded(pixels, 2 * functions.Multiprocessors / c.Batch));
        var chunks = Rounded(pixels, rows);
        using var partial = empty([c.Batch, chunks, c.Groups, 2], ScalarType.Float32, device);
        functions.Launch(functions.Sums, (chunks, c.Batch), threads, lanes * 2 * c.Channels * sizeof(float),
            [c.X, c.Skip, c.Own, c.Before, c.Time, c.TimeStride, CudaFunctions.Pointer(partial), pixels, c.Channels, c.Groups, rows]);

        var count = halve ? c.Height / 2 * (c.Width / 2) : pixels;
        var step = Math.Max(2 * lanes, Rounded(count, 3 * functions.Multiprocessors / c.Batch));
        functions.Launch(halve ? functions.ApplyDown : functions.Apply, (Rounded(count, step), c.Batch), threads, (2 * c.Groups + threads) * sizeof(float),
            [c.X, c.Skip, c.Own, c.Before, c.Time, c.TimeStride, CudaFunctions.Pointer(partial), chunks, c.Gamma, c.Beta, c.Scale, c.Shift, c.ScaleStride, c.Y,
             c.Height, c.Width, c.Channels, c.Groups, step, c.Activation, c.Eps]);
    }

    private bool TrySmall(Call c)
    {
        var (pixels, per) = (c.Height * c.Width, c.Channels / c.Groups);
        var span = per * (functions.Vector / (int)BigInteger.GreatestCommonDivisor(functions.Vector, per));
        var columns = span / functions.Vector;
        if (pixels > SmallPixels || c.Channels % span != 0 || columns > SmallThreads)
            return false;
        var threads = WholeWarps(columns * Math.Clamp(pixels, 1, SmallThreads / columns));
        var lanes = threads / columns;
        var shared = ((lanes * 2 * span) + (2 * span / per)) * sizeof(float);
        if (pixels > lanes * Kept || shared > SharedBytes)
            return false;
        functions.Launch(functions.Small, (c.Channels / span, c.Batch), threads, shared,
            [c.X, c.Skip, c.Own, c.Before, c.Time, c.TimeStride, c.Gamma, c.Beta, c.Scale, c.Shift, c.ScaleStride, c.Y,
             pixels, c.Channels, c.Groups, span, c.Activation, c.Eps]);
        return true;
    }

    // Whole rows of vectors side by side, in whole warps, and enough threads for one number of each group.
    private (int Threads, int Lanes) ThreadsFor(int channels, int least)
    {
        var vectors = channels / functions.Vector;
        var threads = WholeWarps(Math.Max(least, vectors * Math.Max(1, Threads / vectors)));
        return (threads, threads / vectors);
    }

    private int LaneBytes(int channels) => ThreadsFor(channels, 1).Lanes * 2 * channels * sizeof(float);

    private static int WholeWarps(int threads) => (threads + 31) / 32 * 32;

    private static int Rounded(int count, int parts) => (count + Math.Max(parts, 1) - 1) / Math.Max(parts, 1);

    private Tensor? Flat(Tensor? time)
    {
        if (time is null)
            return null;
        using var flat = time.flatten(1);                                     // (B, C)
        return Aligned(flat);
    }

    private Tensor Aligned(Tensor time) =>
        time.stride(1) == 1 && time.stride(0) % functions.Vector == 0 && CudaFunctions.IsAligned(time) ? time.alias() : time.clone();

    private static int Stride(Tensor? time) => time is null ? 0 : (int)time.stride(0);

    private readonly record struct Call(
        nint X, nint Skip, int Own, nint Before, nint Time, int TimeStride, nint Gamma, nint Beta, nint Scale, nint Shift, int ScaleStride, nint Y,
        int Batch, int Height, int Width, int Channels, int Groups, int Activation, float Eps);
}

using System.Runtime.CompilerServices;
using FloydSharp.Nn;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Group norm, scale-shift and activation in two passes over a picture: sums, then everything else at once as one
/// multiplication and addition per number and the activation. Pictures lie pixel by pixel.
/// </summary>
/// <remarks>
/// Numbers of channels need not be multiples of a vector: rows are walked in patterns that are, several pixels at a time.
/// Sums are of differences to the first pixel, in single precision over a block and in double precision beyond, so large
/// means cost no accuracy; blocks do not depend on the number of threads, so neither do results.
/// </remarks>
internal static unsafe class GroupNormRows<V, S>
    where V : struct
    where S : ISimd<V>
{
    private const int NumbersPerBlock = 1 << 15;
    private const int PatternsPerSum = 64;

    /// <summary>What is normalised, and how.</summary>
    internal struct Terms
    {
        /// <summary>(B, rows, C), of one map or two.</summary>
        public PixelSource X;

        /// <summary>The same for the result, one map.</summary>
        public float* Y;

        public int Batch;
        public long Rows;
        public int Channels;
        public int Groups;
        public double Eps;

        /// <summary>(C).</summary>
        public float* Gain;

        /// <summary>(C).</summary>
        public float* Offset;

        /// <summary>(B, C), rows <see cref="TimeStride"/> apart, or null.</summary>
        public float* Scale;

        /// <summary>As <see cref="Scale"/>.</summary>
        public float* Shift;

        public long TimeStride;
        public Activation Activation;
    }

    /// <summary>The pattern's length: the smallest whole number of pixels that is a whole number of vectors.</summary>
    public static int PatternOf(int channels)
    {
        var pixels = 1;
        while (pixels * channels % S.Width != 0)
            pixels++;
        return pixels * channels;
    }

    /// <summary>Computes.</summary>
    public static void Run(Terms terms)
    {
        var pattern = PatternOf(terms.Channels);
        var perPicture = terms.Rows * terms.Channels;
        var block = (long)Math.Max(NumbersPerBlock / pattern, 1) * pattern;
        var blocks = (int)((perPicture + block - 1) / block);
        var room = terms.X.Joined ? block : 0;
        using var sumMemory = new AlignedBuffer(2L * 2 * terms.Batch * blocks * pattern);
        using var factorMemory = new AlignedBuffer(2L * terms.Batch * pattern);
        using var originMemory = new AlignedBuffer((long)terms.Batch * terms.Channels);
        var sums = (double*)sumMemory.Pointer;
        var factors = factorMemory.Pointer;
        var origins = originMemory.Pointer;
        for (var n = 0; n < terms.Batch; n++)
            terms.X.CopyTo(n * terms.Rows, 1, origins + ((long)n * terms.Channels));
        ThreadTeam.Run(terms.Batch * blocks, room + (2L * pattern), (task, scratch) =>
        {
            var (start, count) = Part(task);
            var x = terms.X.Rows(start, count, scratch);
            Sum(x, (long)count * terms.Channels, origins + ((long)(task / blocks) * terms.Channels), terms.Channels, pattern, sums + (2L * task * pattern), scratch + room);
        });
        for (var n = 0; n < terms.Batch; n++)
            Factors(terms, n, blocks, pattern, sums + (2L * n * blocks * pattern), origins + ((long)n * terms.Channels), factors + (2L * n * pattern));
        ThreadTeam.Run(terms.Batch * blocks, room, (task, scratch) =>
        {
            var (start, count) = Part(task);
            var x = terms.X.Rows(start, count, scratch);
            Apply(x, terms.Y + (start * terms.Channels), (long)count * terms.Channels, pattern, factors + (2L * (task / blocks) * pattern), terms.Activation);
        });

        // Blocks are whole pixels: the first, and how many.
        (long Start, int Count) Part(int task)
        {
            var start = task % blocks * block;
            return ((task / blocks * terms.Rows) + (start / terms.Channels), (int)(Math.Min(block, perPicture - start) / terms.Channels));
        }
    }

    // Sums and sums of squares of the differences, by place in the pattern.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(float* x, long count, float* origin, int channels, int pattern, double* sums, float* first)
    {
        for (int i = 0, c = 0; i < pattern; i++, c = c + 1 == channels ? 0 : c + 1)
            first[i] = origin[c];
        new Span<double>(sums, 2 * pattern).Clear();
        var squares = sums + pattern;
        var patterns = count / pattern;
        for (var start = 0L; start < patterns; start += PatternsPerSum)
        {
            var end = Math.Min(start + PatternsPerSum, patterns);
            for (var i = 0; i < pattern; i += S.Width)
            {
                var (sum, square, base0) = (S.Zero, S.Zero, S.Load(first + i));
                var p = x + (start * pattern) + i;
                for (var k = start; k < end; k++, p += pattern)
                {
                    var d = S.Subtract(S.Load(p), base0);
                    sum = S.Add(sum, d);
                    square = S.Fma(d, d, square);
                }

                S.AddTo(sums + i, sum);
                S.AddTo(squares + i, square);
            }
        }

        for (var i = patterns * pattern; i < count; i++)
        {
            var place = i - (patterns * pattern);
            var d = (double)(x[i] - first[place]);
            sums[place] += d;
            squares[place] += d * d;
        }
    }

    // One factor and one addend per channel, repeated over the pattern.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Factors(Terms terms, int n, int blocks, int pattern, double* sums, float* origin, float* factors)
    {
        var channels = terms.Channels;
        var perGroup = channels / terms.Groups;
        var total = new double[2 * channels];
        for (var b = 0; b < blocks; b++, sums += 2 * pattern)
        {
            for (int i = 0, c = 0; i < pattern; i++, c = c + 1 == channels ? 0 : c + 1)
            {
                total[c] += sums[i];
                total[channels + c] += sums[pattern + i];
            }
        }

        for (var g = 0; g < terms.Groups; g++)
        {
            // Channels of a group have origins of their own: sum (x - o)^2 about the mean is sum d^2 + 2 e d + e^2 with e = o - mean.
            double mean = 0, variance = 0;
            for (var c = g * perGroup; c < (g + 1) * perGroup; c++)
                mean += (total[c] / terms.Rows) + origin[c];
            mean /= perGroup;
            for (var c = g * perGroup; c < (g + 1) * perGroup; c++)
            {
                var e = origin[c] - mean;
                variance += (total[channels + c] / terms.Rows) + (2 * e * (total[c] / terms.Rows)) + (e * e);
            }

            var gain = 1 / Math.Sqrt(Math.Max(variance / perGroup, 0) + terms.Eps);
            for (var c = g * perGroup; c < (g + 1) * perGroup; c++)
            {
                var factor = gain * terms.Gain[c];
                var addend = terms.Offset[c] - (mean * factor);
                if (terms.Scale != null)
                {
                    var scale = 1 + (double)terms.Scale[(n * terms.TimeStride) + c];
                    factor *= scale;
                    addend = (addend * scale) + terms.Shift[(n * terms.TimeStride) + c];
                }

                for (var i = c; i < pattern; i += channels)
                {
                    factors[i] = (float)factor;
                    factors[pattern + i] = (float)addend;
                }
            }
        }
    }

    private static void Apply(float* x, float* y, long count, int pattern, float* factors, Activation activation)
    {
        switch (activation)
        {
            case Activation.Gelu:
                Apply<GeluStep>(x, y, count, pattern, factors);
                break;
            case Activation.Silu:
                Apply<SiluStep>(x, y, count, pattern, factors);
                break;
            default:
                Apply<NoStep>(x, y, count, pattern, factors);
                break;
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<T>(float* x, float* y, long count, int pattern, float* factors)
        where T : IStep
    {
        var addends = factors + pattern;
        var whole = count / pattern * pattern;
        for (var start = 0L; start < whole; start += pattern, x += pattern, y += pattern)
        {
            for (var i = 0; i < pattern; i += S.Width)
                S.Store(T.Do(S.Fma(S.Load(x + i), S.Load(factors + i), S.Load(addends + i))), y + i);
        }

        // Less than a pattern is left: its last vector may be a part of one.
        var last = stackalloc float[S.Width];
        for (var i = 0; i < count - whole; i += S.Width)
        {
            var left = (int)Math.Min(S.Width, count - whole - i);
            new Span<float>(x + i, left).CopyTo(new(last, left));
            new Span<float>(last + left, S.Width - left).Clear();
            S.Store(T.Do(S.Fma(S.Load(last), S.Load(factors + i), S.Load(addends + i))), last);
            new Span<float>(last, left).CopyTo(new(y + i, left));
        }
    }

    private interface IStep
    {
        static abstract V Do(V x);
    }

    private readonly struct NoStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Do(V x) => x;
    }

    private readonly struct GeluStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Do(V x) => SimdMath<V, S>.Gelu(x);
    }

    private readonly struct SiluStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Do(V x) => SimdMath<V, S>.Silu(x);
    }
}

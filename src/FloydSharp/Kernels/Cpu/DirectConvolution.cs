using System.Runtime.CompilerServices;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Convolutions of any size and step as products of matrices: what a filter sees becomes a row. For those that
/// <see cref="Winograd{V, S, T}"/> does not do, or not faster.
/// </summary>
internal static unsafe class DirectConvolution<V, S>
    where V : struct
    where S : ISimd<V>
{
    /// <summary>Sizes of a convolution.</summary>
    internal readonly record struct Shape(
        int Batch, int InChannels, int Height, int Width, int OutChannels, int OutHeight, int OutWidth, int Kernel, int Stride, int Padding);

    /// <summary>Convolves.</summary>
    /// <param name="x">(B, H, W, Cin).</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="filters">(Cout, Cin, k, k).</param>
    /// <param name="y">(B, H', W', Cout).</param>
    /// <param name="finish">What is done with the results.</param>
    public static void Run(float* x, Shape shape, float* filters, float* y, Finish finish)
    {
        var rows = shape.Batch * (long)shape.OutHeight * shape.OutWidth;
        var depth = shape.InChannels * shape.Kernel * shape.Kernel;
        if (shape is { Kernel: 1, Stride: 1, Padding: 0 })
        {
            Gemm<V, S>.Multiply(x, checked((int)rows), depth, filters, shape.OutChannels, y, shape.OutChannels, finish);
            return;
        }

        Gemm<V, S>.Multiply(
            (first, count, target) =>
            {
                for (var r = 0; r < count; r++)
                    LayOut(x, shape, first + r, target + ((long)r * depth));
            },
            checked((int)rows), depth, filters, shape.OutChannels, y, shape.OutChannels, finish);
    }

    // In the order of the filters: all taps of the first channel, then of the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOut(float* x, Shape shape, long row, float* target)
    {
        var taps = shape.Kernel * shape.Kernel;
        var (left, rest) = ((int)(row % shape.OutWidth), row / shape.OutWidth);
        var (top, n) = ((int)(rest % shape.OutHeight), rest / shape.OutHeight);
        for (var i = 0; i < shape.Kernel; i++)
        {
            for (var j = 0; j < shape.Kernel; j++)
            {
                var (py, px) = ((top * shape.Stride) - shape.Padding + i, (left * shape.Stride) - shape.Padding + j);
                var to = target + (i * shape.Kernel) + j;
                if ((uint)py >= (uint)shape.Height || (uint)px >= (uint)shape.Width)
                {
                    for (var c = 0; c < shape.InChannels; c++, to += taps)
                        *to = 0;
                    continue;
                }

                var from = x + (((((n * shape.Height) + py) * shape.Width) + px) * shape.InChannels);
                for (var c = 0; c < shape.InChannels; c++, to += taps)
                    *to = from[c];
            }
        }
    }
}

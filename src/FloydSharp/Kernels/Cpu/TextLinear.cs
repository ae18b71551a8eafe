using FloydSharp.Nn;
using FloydSharp.Weights;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cpu;

/// <summary>
/// Linear layers over a text's tokens in bfloat16: <see cref="TileProduct"/> over panels of 64 rows of the matrix. A weight in
/// memory of its own lies in panels from its first use on, in that memory. Others (mapped, streamed) are not served: making panels
/// at each use takes longer than libtorch's product. Sums are float32 and rounded once.
/// </summary>
internal sealed unsafe class TextLinear : ILinearKernel
{
    // Of so much the input's part and the panel's part stay in a core's own cache.
    private const long Depth = 1024;
    private const long Rows = 192;

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Weight weight, Weight? bias, Tensor? residual)
    {
        var (columns, depth) = (weight.Shape[0], weight.Shape[1]);
        if (bias is not null || residual is not null || !TileProduct.IsSupported || x.device_type != TorchSharp.DeviceType.CPU
            || x.dtype != ScalarType.BFloat16 || weight.IsKeptCompact || weight.DType != ScalarType.BFloat16 || x.shape[^1] != depth
            || (is_grad_enabled() && x.requires_grad) || columns % BFloat16Panels.Width != 0 || depth % 2 != 0 || (depth > Depth && depth % Depth != 0)
            || x.numel() == 0 || weight.Rearranged(BFloat16Panels.Arrange, BFloat16Panels.Restore) is not { } panels)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var input = x.contiguous();                                           // (..., Din)
        var result = empty([.. x.shape[..^1], columns], ScalarType.BFloat16); // (..., Dout)
        Multiply((ushort*)TensorMemory.Pointer(input), x.numel() / depth, depth, (ushort*)TensorMemory.Pointer(panels), (ushort*)TensorMemory.Pointer(result), columns);
        GC.KeepAlive((input, panels));
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Tensor weight, Tensor? bias) => null;

    private static void Multiply(ushort* x, long rows, long depth, ushort* matrix, ushort* y, long columns)
    {
        var sums = Math.Min(rows, Rows) * BFloat16Panels.Width;
        var panel = BFloat16Panels.Width * depth;
        ThreadTeam.Run((int)(columns / BFloat16Panels.Width), sums, (index, scratch) =>
        {
            var weights = matrix + (index * panel);
            for (var first = 0L; first < rows; first += Rows)
            {
                var count = Math.Min(Rows, rows - first);
                var step = Math.Min(Depth, depth);
                for (var k = 0L; k < depth; k += step)
                {
                    TileProduct.Multiply(
                        (count, BFloat16Panels.Width, step), x + (first * depth) + k, depth, weights + (k * BFloat16Panels.Width), scratch, BFloat16Panels.Width, adds: k > 0);
                }

                for (var row = 0L; row < count; row++)
                    BFloat16Rows.Write(scratch + (row * BFloat16Panels.Width), 1, y + ((first + row) * columns) + (index * BFloat16Panels.Width), BFloat16Panels.Width);
            }

            TileProduct.Release();
        });
    }
}

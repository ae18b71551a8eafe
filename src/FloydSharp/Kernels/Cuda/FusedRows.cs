using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Kernels.Cuda;

/// <summary>Gates and norms of sequences (Rows.cu).</summary>
internal sealed class FusedRows(CudaFunctions functions) : IRowKernels
{
    private const int NormThreads = 256;
    private const int Warp = 32;

    // A thread of the layer norm keeps so many vectors (KEPT in the source).
    private const int Kept = 8;

    /// <inheritdoc/>
    public Tensor? TryGate(Tensor x, Activation activation, bool second, ScalarType dtype)
    {
        var half = x.shape[^1] / 2;
        if (!functions.Serves(x) || half % functions.Vector != 0 || CudaFunctions.NumberOf(activation) is not { } act
            || (dtype != functions.DType && dtype != ScalarType.Float32))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var rows = x.contiguous();                                            // (..., 2 F)
        var result = empty([.. x.shape[..^1], half], dtype, x.device);        // (..., F)
        var count = (int)(result.numel() / functions.Vector);
        functions.LaunchOver(functions.Gate, count,
            [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(result), count, (int)(half / functions.Vector), act, second ? 1 : 0, dtype == functions.DType ? 0 : 1]);
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? TryRmsNorm(Tensor x, Tensor weight, double eps)
    {
        var wide = x.dtype == ScalarType.Float32 && functions.DType != ScalarType.Float32;
        if (!functions.Serves(weight) || !(functions.Serves(x) || (wide && x.device_type == weight.device_type && x.device_index == weight.device_index))
            || (is_grad_enabled() && x.requires_grad) || x.shape[^1] % functions.Vector != 0 || !CudaFunctions.IsAligned(weight))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var rows = x.contiguous();                                            // (..., D)
        var result = empty(x.shape, weight.dtype, x.device);                  // (..., D)
        var width = (int)x.shape[^1];
        functions.Launch(functions.RmsNorm, ((int)(x.numel() / width), 1), NormThreads, 0,
            [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(weight), CudaFunctions.Pointer(result), width, (float)eps, wide ? 1 : 0]);
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor? TryLayerNorm(Tensor x, Tensor weight, Tensor bias, double eps)
    {
        var width = (int)x.shape[^1];
        if (!functions.Serves(x) || !functions.Serves(weight) || !functions.Serves(bias) || width % functions.Vector != 0
            || width / functions.Vector > Warp * Kept || !CudaFunctions.IsAligned(weight) || !CudaFunctions.IsAligned(bias))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var dense = x.contiguous();                                           // (..., D)
        var result = empty(x.shape, x.dtype, x.device);                       // (..., D)
        var rows = (int)(x.numel() / width);
        const int RowsOfBlock = NormThreads / Warp;
        functions.Launch(functions.LayerNorm, ((rows + RowsOfBlock - 1) / RowsOfBlock, 1), NormThreads, 0,
            [CudaFunctions.Pointer(dense), CudaFunctions.Pointer(weight), CudaFunctions.Pointer(bias), CudaFunctions.Pointer(result), rows, width, (float)eps]);
        return result.MoveToOuterDisposeScope();
    }
}

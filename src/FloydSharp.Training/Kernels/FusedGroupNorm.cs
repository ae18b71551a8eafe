using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Nn;
using static FloydSharp.Training.Kernels.KernelTensors;
using static TorchSharp.torch;

namespace FloydSharp.Training.Kernels;

/// <summary>
/// Group norm, scale-shift and activation as one kernel after the statistics, and their gradients as two (GroupNorm.cu): about
/// a quarter of the memory traffic of the operators one by one. For bfloat16 on a GPU, channels in the innermost dimension.
/// </summary>
internal sealed class FusedGroupNorm : IGroupNormKernel
{
    private const int Threads = 256;
    private const int RowsPerThread = 16;

    private readonly CudaModule _module;
    private readonly nint _sums;
    private readonly nint _apply;
    private readonly nint _gradientSums;
    private readonly nint _gradient;
    private readonly nint _gradientWeights;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">See <see cref="TrainingKernels"/>.</param>
    public FusedGroupNorm(CudaModule module)
    {
        _module = module;
        _sums = module.Function("group_norm_sums");
        _apply = module.Function("group_norm_apply");
        _gradientSums = module.Function("group_norm_gradient_sums");
        _gradient = module.Function("group_norm_gradient");
        _gradientWeights = module.Function("group_norm_gradient_weights");
    }

    /// <inheritdoc/>
    public bool CanRun(Tensor x, Activation activation) =>
        x.device.type == TorchSharp.DeviceType.CUDA && x.dtype == ScalarType.BFloat16 && x.dim() is 3 or 4
        && x.shape[1] % 8 == 0 && x.shape[1] <= 8 * Threads && activation is Activation.None or Activation.Silu or Activation.Gelu;

    /// <inheritdoc/>
    public Tensor Run(Tensor x, GroupNormTerms terms)
    {
        var shape = new Shape(this, (int)terms.Groups, (float)terms.Eps, terms.Activation switch { Activation.Silu => 1, Activation.Gelu => 2, _ => 0 });
        return Operation.apply(x, terms.Weight, terms.Bias, terms.Scale!, terms.Shift!, shape);
    }

    private readonly record struct Shape(FusedGroupNorm Owner, int Groups, float Eps, int Activation);

    private readonly record struct Extent(int Batch, int Rows, int Channels)
    {
        public int Lanes { get; } = Threads / (Channels / 8);

        public int RowsPerBlock => Math.Min(Rows, Lanes * RowsPerThread);

        public (int X, int Y) Grid => ((Rows + RowsPerBlock - 1) / RowsPerBlock, Batch);

        public int LaneBytes => Lanes * 2 * Channels * sizeof(float);

        public static Extent Of(Tensor x) // (B, ..., C)
        {
            var sizes = x.shape;
            return new((int)sizes[0], (int)sizes[1..^1].Aggregate(1L, (a, b) => a * b), (int)sizes[^1]);
        }
    }

    /// <summary>The operation that autograd knows.</summary>
    private sealed class Operation : autograd.SingleTensorFunction<Operation>
    {
        public override string Name => nameof(FusedGroupNorm);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, gamma, beta, scale, shift, shape) =
                ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], vars[3] as Tensor, vars[4] as Tensor, (Shape)vars[5]);
            using var scope = NewDisposeScope();
            var rows = PixelOrder.Rows(x);                                       // (B, ..., C)
            var e = Extent.Of(rows);
            var stat = zeros(e.Batch, shape.Groups, 2, ScalarType.Float32, x.device);
            var result = empty_like(rows);                                    // (B, ..., C)
            var o = shape.Owner;
            o._module.Launch(o._sums, e.Grid, Threads, e.LaneBytes,
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(stat), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock]);
            o._module.Launch(o._apply, e.Grid, Threads, 0,
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(stat), CudaFunctions.Pointer(gamma), CudaFunctions.Pointer(beta), CudaFunctions.Pointer(scale), CudaFunctions.Pointer(shift), Stride(scale), CudaFunctions.Pointer(result),
                 e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            List<Tensor> kept = [rows, gamma, beta, stat];
            if (scale is not null && shift is not null)
                kept.AddRange([scale, shift]);
            ctx.save_for_backward(kept);
            ctx.save_data("shape", shape);
            // What is kept must live until autograd has taken its own references, which is after this returns.
            rows.MoveToOuterDisposeScope();
            stat.MoveToOuterDisposeScope();
            return PixelOrder.Features(result).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var shape = (Shape)ctx.get_data("shape");
            var saved = ctx.get_saved_variables();
            var (rows, gamma, beta, stat) = (saved[0], saved[1], saved[2], saved[3]);
            var (scale, shift) = saved.Count > 4 ? (saved[4], saved[5]) : (null, null);
            var e = Extent.Of(rows);
            var gradient = PixelOrder.Rows(grad_output);                         // (B, ..., C)
            var sums = zeros(e.Batch, 2, e.Channels, ScalarType.Float32, rows.device);
            var dx = empty_like(rows);
            var (dGamma, dBeta) = (empty_like(gamma), empty_like(beta));
            var dScale = scale is null ? null : empty(e.Batch, e.Channels, 1, 1, ScalarType.BFloat16, rows.device);
            var dShift = scale is null ? null : empty(e.Batch, e.Channels, 1, 1, ScalarType.BFloat16, rows.device);
            var o = shape.Owner;
            o._module.Launch(o._gradientSums, e.Grid, Threads, e.LaneBytes,
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(gradient), CudaFunctions.Pointer(stat), CudaFunctions.Pointer(gamma), CudaFunctions.Pointer(beta), CudaFunctions.Pointer(scale), CudaFunctions.Pointer(shift), Stride(scale),
                 CudaFunctions.Pointer(sums), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            o._module.Launch(o._gradient, e.Grid, Threads, 2 * shape.Groups * sizeof(float),
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(gradient), CudaFunctions.Pointer(stat), CudaFunctions.Pointer(sums), CudaFunctions.Pointer(gamma), CudaFunctions.Pointer(beta), CudaFunctions.Pointer(scale), CudaFunctions.Pointer(shift), Stride(scale),
                 CudaFunctions.Pointer(dx), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            o._module.Launch(o._gradientWeights, (e.Channels, 1), 128, 2 * 128 * sizeof(float),
                [CudaFunctions.Pointer(sums), CudaFunctions.Pointer(gamma), CudaFunctions.Pointer(beta), CudaFunctions.Pointer(scale), Stride(scale),
                 CudaFunctions.Pointer(dGamma), CudaFunctions.Pointer(dBeta), CudaFunctions.Pointer(dScale), CudaFunctions.Pointer(dShift), e.Batch, e.Channels]);
            grad_output.Dispose();
            return Returned(PixelOrder.Features(dx), dGamma, dBeta, dScale, dShift, null);
        }

        private static int Stride(Tensor? scale) => scale is null ? 0 : (int)scale.stride(0);
    }
}

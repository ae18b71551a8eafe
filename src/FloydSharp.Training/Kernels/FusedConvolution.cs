using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Nn;
using static FloydSharp.Training.Kernels.KernelTensors;
using static TorchSharp.torch;

namespace FloydSharp.Training.Kernels;

/// <summary>
/// What follows a convolution (bias, residual, scale) as one pass over its result, and the gradient of the bias as another
/// (Bias.cu); the convolution itself is libtorch's.
/// </summary>
internal sealed class FusedConvolution : IConv2dKernel
{
    private const int RowsPerThread = 32;

    private readonly CudaModule _module;
    private readonly nint _add;
    private readonly nint _gradient;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">See <see cref="TrainingKernels"/>.</param>
    public FusedConvolution(CudaModule module)
    {
        _module = module;
        _add = module.Function("bias_add");
        _gradient = module.Function("bias_gradient");
    }

    /// <inheritdoc/>
    public Tensor? TryRun(Tensor x, Conv2dTerms terms)
    {
        if (terms.Bias is null || terms.Doubled || !Fits(x, terms.Bias.Shape[0]))
            return null;
        using var convolved = nn.functional.conv2d(
            x, terms.Weight.Value, null, [terms.Stride, terms.Stride], [terms.Padding, terms.Padding]); // (B, Cout, H', W')
        return Operation.apply(convolved, terms.Bias.Value, terms.Residual!, new Finish(this, (float)terms.Scale));
    }

    private sealed record Finish(FusedConvolution Owner, float Scale);

    /// <summary>The operation that autograd knows.</summary>
    private sealed class Operation : autograd.SingleTensorFunction<Operation>
    {
        public override string Name => nameof(FusedConvolution);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, bias, residual, finish) = ((Tensor)vars[0], (Tensor)vars[1], vars[2] as Tensor, (Finish)vars[3]);
            using var scope = NewDisposeScope();
            var rows = PixelOrder.Rows(x);                                       // (B, H, W, C)
            var other = residual is null ? null : PixelOrder.Rows(residual);     // (B, H, W, C)
            var result = empty_like(rows);                                    // (B, H, W, C)
            var channels = (int)rows.shape[^1];
            finish.Owner._module.Launch(finish.Owner._add, GridOf(rows.numel()), Threads, 0,
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(bias), CudaFunctions.Pointer(other), CudaFunctions.Pointer(result), (int)(rows.numel() / channels), channels, finish.Scale]);
            ctx.save_data("finish", finish);
            ctx.save_data("residual", residual is not null);
            return PixelOrder.Features(result).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var finish = (Finish)ctx.get_data("finish");
            var rows = PixelOrder.Rows(finish.Scale == 1 ? grad_output : grad_output.Times(finish.Scale)); // (B, H, W, C)
            var channels = (int)rows.shape[^1];
            var count = (int)(rows.numel() / channels);
            var sums = zeros(channels, ScalarType.Float32, rows.device);
            var lanes = Threads / (channels / 8);
            var perBlock = lanes * RowsPerThread;
            finish.Owner._module.Launch(finish.Owner._gradient, ((count + perBlock - 1) / perBlock, 1), Threads, lanes * channels * sizeof(float),
                [CudaFunctions.Pointer(rows), CudaFunctions.Pointer(sums), count, channels, perBlock]);
            var gradient = PixelOrder.Features(rows);                               // (B, C, H, W)
            grad_output.Dispose();
            return Returned(gradient, sums.to(ScalarType.BFloat16), (bool)ctx.get_data("residual") ? gradient.alias() : null, null);
        }
    }
}

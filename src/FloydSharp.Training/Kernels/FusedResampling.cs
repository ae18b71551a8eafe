using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Nn;
using static FloydSharp.Training.Kernels.KernelTensors;
using static TorchSharp.torch;

namespace FloydSharp.Training.Kernels;

/// <summary>Twice and half the pixels, each the gradient of the other (Resampling.cu).</summary>
internal sealed class FusedResampling : IResamplingKernel
{
    private readonly CudaModule _module;
    private readonly nint _double;
    private readonly nint _halve;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">See <see cref="TrainingKernels"/>.</param>
    public FusedResampling(CudaModule module)
    {
        _module = module;
        _double = module.Function("resample_double");
        _halve = module.Function("resample_halve");
    }

    /// <inheritdoc/>
    public Tensor? TryDouble(Tensor x) => Fits(x, x.shape[1]) ? Operation.apply(x, new Step(this, true)) : null;

    /// <inheritdoc/>
    public Tensor? TryHalve(Tensor x) =>
        Fits(x, x.shape[1]) && x.shape[2] % 2 == 0 && x.shape[3] % 2 == 0 ? Operation.apply(x, new Step(this, false)) : null;

    // (B, C, H, W) to (B, C, 2H, 2W), each pixel four times.
    private Tensor Double(Tensor features, float scale)
    {
        using var scope = NewDisposeScope();
        var x = PixelOrder.Rows(features);                                       // (B, H, W, C)
        var (batch, height, width, channels) = ((int)x.shape[0], (int)x.shape[1], (int)x.shape[2], (int)x.shape[3]);
        var y = empty(batch, 2 * height, 2 * width, channels, x.dtype, x.device);
        _module.Launch(_double, GridOf(x.numel()), Threads, 0, [CudaFunctions.Pointer(x), CudaFunctions.Pointer(y), batch, height, width, channels, scale]);
        return PixelOrder.Features(y).MoveToOuterDisposeScope();
    }

    // (B, C, 2H, 2W) to (B, C, H, W), the sums of four pixels.
    private Tensor Halve(Tensor features, float scale)
    {
        using var scope = NewDisposeScope();
        var x = PixelOrder.Rows(features);                                       // (B, 2H, 2W, C)
        var (batch, height, width, channels) = ((int)x.shape[0], (int)x.shape[1] / 2, (int)x.shape[2] / 2, (int)x.shape[3]);
        var y = empty(batch, height, width, channels, x.dtype, x.device);
        _module.Launch(_halve, GridOf(y.numel()), Threads, 0, [CudaFunctions.Pointer(x), CudaFunctions.Pointer(y), batch, height, width, channels, scale]);
        return PixelOrder.Features(y).MoveToOuterDisposeScope();
    }

    private sealed record Step(FusedResampling Owner, bool Doubles);

    /// <summary>The operation that autograd knows.</summary>
    private sealed class Operation : autograd.SingleTensorFunction<Operation>
    {
        public override string Name => nameof(FusedResampling);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var step = (Step)vars[1];
            ctx.save_data("step", step);
            return step.Doubles ? step.Owner.Double((Tensor)vars[0], 1) : step.Owner.Halve((Tensor)vars[0], 0.25f);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var noGrad = no_grad();
            var step = (Step)ctx.get_data("step");
            var gradient = step.Doubles ? step.Owner.Halve(grad_output, 1) : step.Owner.Double(grad_output, 0.25f);
            grad_output.Dispose();
            return Returned(gradient, null);
        }
    }
}

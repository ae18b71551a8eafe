using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Weights;
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

    private FusedGroupNorm(CudaModule module)
    {
        _module = module;
        _sums = module.Function("group_norm_sums");
        _apply = module.Function("group_norm_apply");
        _gradientSums = module.Function("group_norm_gradient_sums");
        _gradient = module.Function("group_norm_gradient");
        _gradientWeights = module.Function("group_norm_gradient_weights");
    }

    /// <summary>The kernels for the first GPU.</summary>
    /// <exception cref="NativeLibraryException">There is no compiler or no GPU.</exception>
    public static FusedGroupNorm Create()
    {
        using var context = zeros(1, device: CUDA);
        var runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("CUDA's runtime library is not loaded.");
        using var stream = typeof(FusedGroupNorm).Assembly.GetManifestResourceStream("Kernels.GroupNorm.cu")!;
        using var reader = new StreamReader(stream);
        return new(new(CudaCompiler.Compile(reader.ReadToEnd(), "GroupNorm.cu", runtime.ComputeCapability(0)), 0));
    }

    /// <summary>The largest relative error of results and gradients against the plain layer in float32, on random features.</summary>
    public double Error()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1, CPU);
        Tensor Draw(params long[] shape) => randn(shape, ScalarType.Float32, CPU, generator: random).to(ScalarType.BFloat16, CUDA);
        var (x, time, weight, bias, slopes) = (Draw(3, 48, 33, 31), Draw(3, 96, 1, 1), Draw(48), Draw(48), Draw(3, 48, 33, 31));
        var plain = Gradients(ScalarType.Float32, null);
        var fused = Gradients(ScalarType.BFloat16, this);
        return plain.Zip(fused, (a, b) => ((a - b.to(ScalarType.Float32)).norm() / a.norm()).item<float>()).Max(v => double.IsFinite(v) ? v : double.MaxValue);

        Tensor[] Gradients(ScalarType dtype, IGroupNormKernel? kernel)
        {
            using var layer = new GroupNorm(8, 48, 1e-5) { Kernel = kernel };
            Tensor Leaf(Tensor value) => value.to(dtype, copy: true).detach().requires_grad_();
            Tensor[] leaves = [Leaf(x), Leaf(time), Leaf(weight), Leaf(bias)];
            layer.OwnWeights[0].Value.Fill(leaves[2]);
            layer.OwnWeights[1].Value.Fill(leaves[3]);
            var parts = leaves[1].chunk(2, 1);
            var result = layer.forward(leaves[0], parts[0], parts[1], Activation.Gelu);
            (result * slopes.to(dtype)).sum().backward();
            return [result.detach(), .. leaves.Select(l => l.grad!.detach().clone())];
        }
    }

    /// <summary>Lets all group norms of a tree run this way.</summary>
    public void Attach(Layer root)
    {
        if (root is GroupNorm norm)
            norm.Kernel = this;
        foreach (var (_, child) in root.Children)
            Attach(child);
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

    private static Tensor ChannelsLast(Tensor x) =>
        (x.dim() == 4 ? x.permute(0, 2, 3, 1) : x.permute(0, 2, 1)).contiguous();

    private static Tensor ChannelsFirst(Tensor x) => x.dim() == 4 ? x.permute(0, 3, 1, 2) : x.permute(0, 2, 1);

    private static unsafe nint Pointer(Tensor? tensor) => tensor is null ? 0 : (nint)TensorMemory.Pointer(tensor);

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
        // Autograd takes its own reference of what backward returns, and the objects here would keep the memory until the
        // garbage collector comes; so each call frees those of the call before.
        [ThreadStatic]
        private static List<Tensor>? s_returned;

        public override string Name => nameof(FusedGroupNorm);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, gamma, beta, scale, shift, shape) =
                ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], vars[3] as Tensor, vars[4] as Tensor, (Shape)vars[5]);
            using var scope = NewDisposeScope();
            var rows = ChannelsLast(x);                                       // (B, ..., C)
            var e = Extent.Of(rows);
            var stat = zeros(e.Batch, shape.Groups, 2, ScalarType.Float32, x.device);
            var result = empty_like(rows);                                    // (B, ..., C)
            var o = shape.Owner;
            o._module.Launch(o._sums, e.Grid, Threads, e.LaneBytes,
                [Pointer(rows), Pointer(stat), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock]);
            o._module.Launch(o._apply, e.Grid, Threads, 0,
                [Pointer(rows), Pointer(stat), Pointer(gamma), Pointer(beta), Pointer(scale), Pointer(shift), Stride(scale), Pointer(result),
                 e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            List<Tensor> kept = [rows, gamma, beta, stat];
            if (scale is not null && shift is not null)
                kept.AddRange([scale, shift]);
            ctx.save_for_backward(kept);
            ctx.save_data("shape", shape);
            // What is kept must live until autograd has taken its own references, which is after this returns.
            rows.MoveToOuterDisposeScope();
            stat.MoveToOuterDisposeScope();
            return ChannelsFirst(result).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            foreach (var tensor in s_returned ?? [])
                tensor.Dispose();
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var shape = (Shape)ctx.get_data("shape");
            var saved = ctx.get_saved_variables();
            var (rows, gamma, beta, stat) = (saved[0], saved[1], saved[2], saved[3]);
            var (scale, shift) = saved.Count > 4 ? (saved[4], saved[5]) : (null, null);
            var e = Extent.Of(rows);
            var gradient = ChannelsLast(grad_output);                         // (B, ..., C)
            var sums = zeros(e.Batch, 2, e.Channels, ScalarType.Float32, rows.device);
            var dx = empty_like(rows);
            var (dGamma, dBeta) = (empty_like(gamma), empty_like(beta));
            var dScale = scale is null ? null : empty(e.Batch, e.Channels, 1, 1, ScalarType.BFloat16, rows.device);
            var dShift = scale is null ? null : empty(e.Batch, e.Channels, 1, 1, ScalarType.BFloat16, rows.device);
            var o = shape.Owner;
            o._module.Launch(o._gradientSums, e.Grid, Threads, e.LaneBytes,
                [Pointer(rows), Pointer(gradient), Pointer(stat), Pointer(gamma), Pointer(beta), Pointer(scale), Pointer(shift), Stride(scale),
                 Pointer(sums), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            o._module.Launch(o._gradient, e.Grid, Threads, 2 * shape.Groups * sizeof(float),
                [Pointer(rows), Pointer(gradient), Pointer(stat), Pointer(sums), Pointer(gamma), Pointer(beta), Pointer(scale), Pointer(shift), Stride(scale),
                 Pointer(dx), e.Rows, e.Channels, shape.Groups, e.RowsPerBlock, shape.Activation, shape.Eps]);
            o._module.Launch(o._gradientWeights, (e.Channels, 1), 128, 2 * 128 * sizeof(float),
                [Pointer(sums), Pointer(gamma), Pointer(beta), Pointer(scale), Stride(scale),
                 Pointer(dGamma), Pointer(dBeta), Pointer(dScale), Pointer(dShift), e.Batch, e.Channels]);
            grad_output.Dispose();
            List<Tensor?> returned = [ChannelsFirst(dx), dGamma, dBeta, dScale, dShift];
            s_returned = [.. returned.OfType<Tensor>()];
            foreach (var tensor in s_returned)
                tensor.DetachFromDisposeScope();
            return [.. returned.Select(t => t!), null!];
        }

        private static int Stride(Tensor? scale) => scale is null ? 0 : (int)scale.stride(0);
    }
}

using FloydSharp.Native;
using FloydSharp.Nn;
using static TorchSharp.torch;

namespace FloydSharp.Training.Kernels;

/// <summary>The kernels of this folder, compiled for the GPU that is there, as faster ways for the layers of a model.</summary>
internal sealed class TrainingKernels
{
    private static readonly string[] Sources = ["Bfloat16.cu", "GroupNorm.cu", "Bias.cu", "Resampling.cu"];

    private readonly FusedGroupNorm _norm;
    private readonly FusedConvolution _convolution;
    private readonly FusedResampling _resampling;

    private TrainingKernels(CudaModule module) => (_norm, _convolution, _resampling) = (new(module), new(module), new(module));

    /// <summary>The kernels for the first GPU.</summary>
    /// <exception cref="NativeLibraryException">There is no compiler or no GPU.</exception>
    public static TrainingKernels Create()
    {
        using var context = zeros(1, device: CUDA);
        var runtime = CudaRuntime.Find() ?? throw new NativeLibraryException("CUDA's runtime library is not loaded.");
        return new(new(CudaCompiler.Compile(string.Concat(Sources.Select(Read)), "the training kernels", runtime.ComputeCapability(0)), 0));
    }

    /// <summary>Lets all layers of a tree that have a faster way here run so.</summary>
    public void Attach(Layer root)
    {
        foreach (var layer in root.SelfAndBelow())
        {
            switch (layer)
            {
                case GroupNorm norm:
                    norm.Kernel = _norm;
                    break;
                case Conv2d convolution:
                    convolution.Kernel = _convolution;
                    break;
                case Upsample2D upsample:
                    upsample.Kernel = _resampling;
                    break;
                case Downsample2D downsample:
                    downsample.Kernel = _resampling;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The largest relative error of results and gradients against the plain layers in float32, on random features.</summary>
    public double Error()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1, CPU);
        Tensor Draw(params long[] shape) => randn(shape, ScalarType.Float32, CPU, generator: random).to(ScalarType.BFloat16, CUDA);
        using var norm = new GroupNorm(8, 48, 1e-5);
        using var convolution = new Conv2d(48, 48, 3, padding: 1);
        using var halving = new Downsample2D();
        using var doubling = new Upsample2D();

        // All values that have a gradient: features, a residual of half their sides, time, and the weights of the norm and the convolution.
        Tensor[] values = [Draw(3, 48, 34, 30), Draw(3, 48, 17, 15), Draw(3, 96, 1, 1), Draw(48), Draw(48), Draw(48, 48, 3, 3).Times(0.05), Draw(48)];
        var slopes = Draw(3, 48, 34, 30);
        var plain = Gradients(ScalarType.Float32);
        foreach (var layer in new Layer[] { norm, convolution, halving, doubling })
            Attach(layer);
        var fused = Gradients(ScalarType.BFloat16);
        return plain.Zip(fused, (a, b) => ((a - b.to(ScalarType.Float32)).norm() / a.norm()).item<float>()).Max(v => double.IsFinite(v) ? v : double.MaxValue);

        Tensor[] Gradients(ScalarType dtype)
        {
            Tensor[] leaves = [.. values.Select(v => v.to(dtype, copy: true).detach().requires_grad_())];
            norm.OwnWeights[0].Value.Fill(leaves[3]);
            norm.OwnWeights[1].Value.Fill(leaves[4]);
            convolution.OwnWeights[0].Value.Fill(leaves[5]);
            convolution.OwnWeights[1].Value.Fill(leaves[6]);
            var parts = leaves[2].chunk(2, 1);
            var small = convolution.forward(halving.forward(leaves[0]), leaves[1], 0.5); // (3, 48, 17, 15)
            // Side by side, not one after the other: a norm takes from the bias before it most of its gradient, and leaves rounding.
            var result = norm.forward(leaves[0], parts[0], parts[1], Activation.Gelu).Plus(doubling.forward(small)); // (3, 48, 34, 30)
            (result * slopes.to(dtype)).sum().backward();
            return [result.detach(), .. leaves.Select(l => l.grad!.detach().clone())];
        }
    }

    private static string Read(string name)
    {
        using var stream = typeof(TrainingKernels).Assembly.GetManifestResourceStream($"Kernels.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

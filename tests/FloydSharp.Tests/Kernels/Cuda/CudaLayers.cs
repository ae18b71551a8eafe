using FloydSharp.Kernels.Cuda;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Tests.Kernels.Cpu;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

/// <summary>Layers with random weights, computed by the kernels on a GPU and in double precision on the CPU.</summary>
internal static class CudaLayers
{
    public static IReadOnlyList<ScalarType> DTypes { get; } = [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32];

    /// <summary>Rounding of some sums in a row.</summary>
    public static double Tolerance(ScalarType dtype) => dtype switch { ScalarType.Float16 => 2e-3, ScalarType.BFloat16 => 1.2e-2, _ => 5e-6 };

    public static void Require()
    {
        Assert.SkipUnless(TestDevice.Device.type == TorchSharp.DeviceType.CUDA, "No GPU is asked for (FLOYD_TEST_DEVICE=cuda).");
        var (path, reason) = CudaPaths.Of(0);
        Assert.True(path == CudaPath.Fused, $"The GPU's path is {path}: {reason}.");
    }

    /// <summary>What the layer computes on the GPU by its kernels, and what double precision makes of the same rounded numbers.</summary>
    /// <returns>The relative error.</returns>
    public static double Error<T>(ScalarType dtype, T layer, T exact, Func<T, Func<Tensor, Tensor>, Tensor> run)
        where T : Layer
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var ((_, from), (_, to)) in layer.NamedWeights().Zip(exact.NamedWeights()))
        {
            var rounded = from.Value.to(dtype);
            to.Fill(rounded.to(ScalarType.Float64));
            from.Fill(rounded.to(TestDevice.Device));
        }

        Assert.Equal(CudaPath.Fused, CudaKernels.Attach(layer));
        var expected = run(exact, x => x.to(dtype).to(ScalarType.Float64));
        var actual = run(layer, x => x.to(dtype).to(TestDevice.Device));
        Assert.Equal(dtype, actual.dtype);
        return KernelLayers.RelativeError(expected, actual.to(ScalarType.Float32).cpu());
    }

    /// <summary>Features as they flow through a model on a GPU.</summary>
    public static Tensor Rows(Tensor x) => x.device_type == TorchSharp.DeviceType.CUDA ? PixelOrder.Features(PixelOrder.Rows(x)) : x.alias();
}

using FloydSharp.Kernels.Cpu;
using FloydSharp.Native;
using FloydSharp.Nn;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

/// <summary>Layers with random weights, computed by kernels and in double precision.</summary>
internal static class KernelLayers
{
    /// <summary>The ways that this processor has beside the plain one.</summary>
    public static IReadOnlyList<CpuPath> Paths { get; } = [.. new[] { CpuPath.Vector256, CpuPath.Vector512 }.Where(p => p <= CpuPaths.Fastest)];

    public static CpuKernelOptions Options(CpuPath path, long transformedBytes = 1L << 30) => new() { Path = path, TransformedBytes = transformedBytes };

    /// <summary>Fills with numbers of about the given size, norms' gains around one.</summary>
    public static T Filled<T>(T layer, int seed, double size = 0.3)
        where T : Layer
    {
        using var generator = new Generator((ulong)seed, CPU);
        foreach (var (name, weight) in layer.NamedWeights())
        {
            using var scope = NewDisposeScope();
            var one = weight.Shape.Count == 1 && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            weight.Fill((randn([.. weight.Shape], generator: generator) * size) + one);
        }

        return layer;
    }

    /// <summary>A copy of a layer's weights in double precision.</summary>
    public static T InDouble<T>(T layer, T copy)
        where T : Layer
    {
        foreach (var ((_, from), (_, to)) in layer.NamedWeights().Zip(copy.NamedWeights()))
            to.Fill(from.Value.to(ScalarType.Float64));
        return copy;
    }

    public static Tensor ChannelsLast(Tensor x)
    {
        using var rows = x.permute(0, 2, 3, 1);
        using var dense = rows.contiguous();
        return dense.permute(0, 3, 1, 2);
    }

    /// <summary>|actual - expected| / |expected|, Euclidean.</summary>
    public static double RelativeError(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var reference = expected.to(ScalarType.Float64);
        return ((actual.to(ScalarType.Float64) - reference).norm() / reference.norm()).item<double>();
    }
}

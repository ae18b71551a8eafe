using FloydSharp.Kernels.Cpu;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class LayerKernelTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-6;

    public static TheoryData<CpuPath> Paths => [.. KernelLayers.Paths];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Linear_AnyShape_EqualsDoublePrecision(CpuPath path)
    {
        foreach (var (rows, inputs, outputs) in new[] { (16, 8, 4), (17, 33, 70), (64, 96, 96), (77, 700, 48), (130, 1100, 16), (600, 24, 50), (1000, 5, 3) })
        {
            using var scope = NewDisposeScope();
            using var layer = KernelLayers.Filled(new Linear(inputs, outputs), rows);
            using var exact = KernelLayers.InDouble(layer, new Linear(inputs, outputs));
            CpuKernels.Attach(layer, KernelLayers.Options(path));
            var x = randn(1, rows, inputs);
            var residual = randn(1, rows, outputs);
            var expected = exact.forward(x.to(ScalarType.Float64));

            Report($"{rows} x {inputs} x {outputs}", KernelLayers.RelativeError(expected, layer.forward(x)));
            Report("with residual", KernelLayers.RelativeError(expected + residual, layer.forward(x, residual)));
            Report("strided", KernelLayers.RelativeError(expected.transpose(0, 1), layer.forward(x.transpose(0, 1))));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void GroupNorm_AnyShapeAndActivation_EqualsDoublePrecision(CpuPath path)
    {
        foreach (var (batch, channels, groups, height, width) in new[] { (2, 32, 8, 16, 16), (1, 24, 4, 65, 33), (3, 21, 3, 5, 7), (1, 56, 4, 3, 1), (2, 40, 4, 64, 48), (1, 6, 1, 1, 1) })
        {
            foreach (var activation in new[] { Activation.None, Activation.Silu, Activation.Gelu })
            {
                using var scope = NewDisposeScope();
                using var layer = KernelLayers.Filled(new GroupNorm(groups, channels, 1e-5), channels);
                using var exact = KernelLayers.InDouble(layer, new GroupNorm(groups, channels, 1e-5));
                CpuKernels.Attach(layer, KernelLayers.Options(path));
                // Drawn from a seed: among as few values as six, chance may bring a deviation far below the mean.
                using var generator = new Generator(11, CPU);
                var x = (randn([batch, channels, height, width], generator: generator) * 2) + 30;
                var time = (randn([batch, 2 * channels, 1, 1], generator: generator) * 0.3).chunk(2, 1);
                var (wide, scale, shift) = (x.to(ScalarType.Float64), time[0].to(ScalarType.Float64), time[1].to(ScalarType.Float64));

                // A mean fifteen times the deviation costs any method in single precision that many units in the last place.
                const double Loose = 5e-6;
                Report($"{channels} x {height} x {width} {activation}", KernelLayers.RelativeError(exact.forward(wide, activation), layer.forward(KernelLayers.ChannelsLast(x), activation)), Loose);
                Report("scaled", KernelLayers.RelativeError(exact.forward(wide, scale, shift, activation), layer.forward(x, time[0], time[1], activation)), Loose);
                Report("rows", KernelLayers.RelativeError(exact.forward(wide.flatten(2), activation), layer.forward(x.flatten(2), activation)), Loose);
            }
        }
    }

    [Fact]
    public void Linear_WeightKeptInHalf_GivesTheBitsOfTheSameWeightKeptWide()
    {
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var layer = new Linear(4096, 1100, bias: false);
            using var generator = new Generator(3, CPU);
            var half = (randn(1100, 4096, generator: generator) * 0.02).to(ScalarType.Float16);
            var x = randn(77, 4096, generator: generator);
            CpuKernels.Attach(layer, KernelLayers.Options(path));
            layer.OwnWeights[0].Value.Fill(half.to(ScalarType.Float32));
            var expected = layer.forward(x);
            layer.OwnWeights[0].Value.Fill(new FloydSharp.Quantization.CompactTensor(half, null, ScalarType.Float32));

            Assert.True(layer.forward(x).equal(expected).all().item<bool>(), $"{path}");
        }
    }

    [Fact]
    public void GroupNorm_ActivationThatKernelsLack_RunsThePlainWay()
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new GroupNorm(4, 16, 1e-5), 1);
        var x = randn(1, 16, 8, 8);
        var expected = layer.forward(x, Activation.Mish);
        CpuKernels.Attach(layer);

        Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, layer.forward(x, Activation.Mish)));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Attend_OneOrTwoSources_EqualsDoublePrecision(CpuPath path)
    {
        foreach (var (batch, heads, queries, text, width) in new[] { (2, 3, 64, 77, 16), (1, 1, 100, 7, 40), (3, 2, 49, 1, 33), (1, 2, 1100, 30, 64), (1, 1, 520, 10, 272) })
        {
            using var scope = NewDisposeScope();
            var kernel = KernelOf(path);
            Tensor Draw(int length) => (randn(batch, length, heads, width) * 1.5).transpose(1, 2);
            var (q, k, v, textK, textV) = (Draw(queries), Draw(queries), Draw(queries), Draw(text), Draw(text));
            Tensor Wide(Tensor x) => x.to(ScalarType.Float64);

            var two = ScaledDotProductAttention.Attend(Wide(q), Wide(textK), Wide(textV), Wide(k), Wide(v));
            Report($"{queries} to {text} + {queries}, {heads} x {width}", KernelLayers.RelativeError(two, ScaledDotProductAttention.Attend(q, textK, textV, k, v, kernel)));
            var one = ScaledDotProductAttention.Attend(Wide(q), Wide(textK), Wide(textV), scale: 0.3);
            Report("text alone", KernelLayers.RelativeError(one, ScaledDotProductAttention.Attend(q, textK, textV, scale: 0.3, kernel: kernel)));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Attend_ScoresFarApart_StaysFinite(CpuPath path)
    {
        using var scope = NewDisposeScope();
        var q = randn(1, 1, 32, 16) * 100;
        var k = randn(1, 1, 1500, 16) * 100;
        var v = randn(1, 1, 1500, 16);
        var expected = ScaledDotProductAttention.Attend(q.to(ScalarType.Float64), k.to(ScalarType.Float64), v.to(ScalarType.Float64));

        // Scores of some tens of thousands carry errors of about a thousandth into the exponent.
        Assert.InRange(KernelLayers.RelativeError(expected, ScaledDotProductAttention.Attend(q, k, v, kernel: KernelOf(path))), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Kernels_NoNumberInTheInput_GiveNone(CpuPath path)
    {
        using var scope = NewDisposeScope();
        using var norm = KernelLayers.Filled(new GroupNorm(1, 16, 1e-5), 1);
        CpuKernels.Attach(norm, KernelLayers.Options(path));
        foreach (var activation in new[] { Activation.Gelu, Activation.Silu })
        {
            var x = randn(1, 16, 5, 5);
            x[0, 3, 2, 2] = float.NaN;
            Assert.True(norm.forward(x, activation).isnan().all().item<bool>(), $"{activation}");
        }

        var q = randn(1, 1, 20, 16);
        var k = randn(1, 1, 50, 16);
        foreach (var key in new[] { 0, 17, 49 })
        {
            var bad = k.clone();
            bad[0, 0, key, 2] = float.NaN;
            Assert.True(ScaledDotProductAttention.Attend(q, bad, k, kernel: KernelOf(path)).isnan().all().item<bool>(), $"key {key}");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Kernels_AllOfThem_LeakNothing(CpuPath path)
    {
        using var conv = KernelLayers.Filled(new Conv2d(24, 24, 3, padding: 1), 1);
        using var norm = KernelLayers.Filled(new GroupNorm(4, 24, 1e-5), 1);
        using var linear = KernelLayers.Filled(new Linear(24, 24), 1);
        foreach (var layer in new Layer[] { conv, norm, linear })
            CpuKernels.Attach(layer, KernelLayers.Options(path));
        using var x = randn(1, 24, 20, 20);
        using var rows = randn(1, 20, 24);

        TensorAssert.NoLeaks(() =>
        {
            conv.forward(x, x, 0.5).Dispose();
            norm.forward(x, Activation.Silu).Dispose();
            linear.forward(rows, rows).Dispose();
            using var heads = rows.unsqueeze(1);
            ScaledDotProductAttention.Attend(heads, heads, heads, heads, heads, KernelOf(path)).Dispose();
        });
    }

    private static IAttentionKernel KernelOf(CpuPath path) => path == CpuPath.Vector512
        ? new CpuKernelSet<System.Runtime.Intrinsics.Vector512<float>, Simd512>(new(0))
        : new CpuKernelSet<System.Runtime.Intrinsics.Vector256<float>, Simd256>(new(0));

    private void Report(string label, double error, double tolerance = Tolerance)
    {
        output.WriteLine($"{label}: relative error {error:g3}, allowed {tolerance:g3}");
        Assert.InRange(error, 0, tolerance);
    }
}

using FloydSharp.Kernels.Cuda;
using FloydSharp.Models.T5;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Tests.Kernels.Cpu;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

public class CudaLayerTests(ITestOutputHelper output)
{
    public static TheoryData<ScalarType> DTypes => [.. CudaLayers.DTypes];

    [Theory]
    [MemberData(nameof(DTypes))]
    public void GroupNorm_AnyShapeAndActivation_EqualsDoublePrecision(ScalarType dtype)
    {
        CudaLayers.Require();
        (int Batch, int Channels, int Groups, int Height, int Width)[] shapes =
        [
            (2, 64, 32, 64, 64), (2, 192, 32, 64, 64), (2, 704, 32, 17, 19), (1, 2816, 32, 8, 8), (3, 2112, 32, 16, 16), (2, 5632, 32, 8, 8),
            (2, 160, 32, 32, 32), (2, 128, 32, 128, 96), (1, 40, 5, 7, 3), (3, 24, 3, 1, 1), (5, 16, 2, 33, 31), (2, 576, 32, 16, 16),
        ];
        foreach (var (batch, channels, groups, height, width) in shapes)
        {
            foreach (var activation in new[] { Activation.None, Activation.Silu, Activation.Gelu })
            {
                GroupNorm Layer() => new(groups, channels, 1e-5);
                using var layer = KernelLayers.Filled(Layer(), channels);
                using var exact = Layer();
                var x = (randn(batch, channels, height, width) * 2) + 1;
                var time = randn(batch, 2 * channels, 1, 1) * 0.3;
                Report($"{dtype} {batch} x {channels} / {groups} x {height} x {width} {activation}", dtype,
                    CudaLayers.Error(dtype, layer, exact, (l, to) => l.forward(CudaLayers.Rows(to(x)), activation)));
                using var again = KernelLayers.Filled(Layer(), channels);
                Report("scaled, planes", dtype, CudaLayers.Error(dtype, again, exact, (l, to) =>
                {
                    var parts = to(time).chunk(2, 1);
                    return l.forward(to(x), parts[0], parts[1], activation);
                }));
                using var third = KernelLayers.Filled(Layer(), channels);
                Report("rows", dtype, CudaLayers.Error(dtype, third, exact, (l, to) => l.forward(CudaLayers.Rows(to(x)).flatten(2), activation)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(DTypes))]
    public void Resnet_EveryKind_EqualsDoublePrecision(ScalarType dtype)
    {
        CudaLayers.Require();
        foreach (var resample in Enum.GetValues<Resample>())
        {
            foreach (var (scaleShift, inputs, outputs, height, width, factor) in new[]
            {
                (true, 64, 64, 32, 32, 1.0), (false, 64, 64, 14, 10, 1.0), (true, 160, 160, 9, 13, 1.4142), (true, 96, 96, 8, 8, 1.0),
                (true, 96, 64, 16, 16, 1.4142), (false, 64, 128, 40, 24, 1.0),
            })
            {
                if (resample != Resample.None && inputs != outputs)
                    continue;
                var options = new ResnetOptions { ScaleShift = scaleShift, Activation = Activation.Gelu, OutputScaleFactor = factor, Eps = 1e-5 };
                ResnetBlock2D Layer() => new(inputs, outputs, 48, options, resample);
                using var layer = KernelLayers.Filled(Layer(), inputs, 0.05);
                using var exact = Layer();
                var (x, temb) = (randn(2, inputs, height, width), randn(2, 48));
                Report($"{dtype} {resample} {inputs} to {outputs}, {height} x {width}", dtype,
                    CudaLayers.Error(dtype, layer, exact, (l, to) => l.forward(CudaLayers.Rows(to(x)), to(temb))));
                if (resample != Resample.None)
                    continue;

                // Two inputs side by side, read where they are if there is a shortcut.
                using var joined = KernelLayers.Filled(Layer(), inputs, 0.05);
                using var exactJoined = Layer();
                var own = inputs * 3 / 4 / 8 * 8;
                Report($"{dtype} {own} and {inputs - own} to {outputs}, {height} x {width}", dtype, CudaLayers.Error(dtype, joined, exactJoined,
                    (l, to) => l.forward(CudaLayers.Rows(to(x.narrow(1, 0, own))), CudaLayers.Rows(to(x.narrow(1, own, inputs - own))), to(temb))));
            }
        }
    }

    [Theory]
    [MemberData(nameof(DTypes))]
    public void Convolution_EveryKind_EqualsDoublePrecision(ScalarType dtype)
    {
        CudaLayers.Require();
        foreach (var (inputs, outputs, kernel, stride, padding) in new[] { (64, 32, 3, 1, 1), (3, 64, 3, 1, 1), (7, 64, 3, 1, 1), (64, 6, 3, 1, 1), (64, 96, 1, 1, 0), (32, 32, 3, 2, 1), (4, 4, 1, 1, 0) })
        {
            Conv2d Layer() => new(inputs, outputs, kernel, stride, padding);
            foreach (var residual in new[] { false, true })
            {
                using var layer = KernelLayers.Filled(Layer(), inputs, 0.1);
                using var exact = Layer();
                var x = randn(2, inputs, 18, 22);
                var added = randn(2, outputs, stride == 1 ? 18 : 9, stride == 1 ? 22 : 11);
                Report($"{dtype} {inputs} to {outputs}, {kernel} x {kernel}, step {stride}, residual {residual}", dtype, CudaLayers.Error(dtype, layer, exact,
                    (l, to) => residual ? l.forward(to(x), to(added), 0.7) : l.forward(CudaLayers.Rows(to(x)))));
            }
        }

        using var doubling = KernelLayers.Filled(new Conv2d(32, 64, 3, padding: 1), 1, 0.1);
        using var exactDoubling = new Conv2d(32, 64, 3, padding: 1);
        var small = randn(2, 32, 9, 7);
        Report($"{dtype} doubled", dtype, CudaLayers.Error(dtype, doubling, exactDoubling, (l, to) => l.forwardDoubled(CudaLayers.Rows(to(small)))));
    }

    [Theory]
    [MemberData(nameof(DTypes))]
    public void Attention_EveryKind_EqualsDoublePrecision(ScalarType dtype)
    {
        CudaLayers.Require();
        foreach (var onlyText in new[] { false, true })
        {
            AddedKVAttention Layer() => new(128, 64, 2, 32, normText: true, onlyText);
            using var layer = KernelLayers.Filled(Layer(), 3, 0.08);
            using var exact = Layer();
            var (x, text) = (randn(2, 128, 16, 12), randn(2, 77, 64));
            Report($"{dtype} pixels and text, only text {onlyText}", dtype,
                CudaLayers.Error(dtype, layer, exact, (l, to) => l.forward(CudaLayers.Rows(to(x)), to(text))));

            Transformer2DModel Block() => new(64, 1, 48, 1, 32, linearProjection: true, onlyText);
            using var transformer = KernelLayers.Filled(Block(), 4, 0.08);
            using var exactTransformer = Block();
            var map = randn(2, 64, 10, 14);
            var states = randn(2, 77, 48);
            Report($"{dtype} transformer, only text {onlyText}", dtype,
                CudaLayers.Error(dtype, transformer, exactTransformer, (l, to) => l.forward(CudaLayers.Rows(to(map)), to(states))));
        }

        // Wider than libtorch's fast kernels take.
        if (dtype != ScalarType.Float32)
        {
            using var wide = KernelLayers.Filled(new VaeAttention(320, 32), 7, 0.05);
            using var exactWide = new VaeAttention(320, 32);
            var large = randn(2, 320, 16, 20);
            Report($"{dtype} one wide head", dtype, CudaLayers.Error(dtype, wide, exactWide, (l, to) => l.forward(CudaLayers.Rows(to(large)))));
            // Several blocks of queries and of keys, the last ones smaller.
            using var blocks = KernelLayers.Filled(new VaeAttention(320, 32), 7, 0.05);
            using var exactBlocks = new VaeAttention(320, 32);
            var larger = randn(1, 320, 72, 130);
            Report($"{dtype} one wide head, blocks", dtype, CudaLayers.Error(dtype, blocks, exactBlocks, (l, to) => l.forward(CudaLayers.Rows(to(larger)))));
        }

        using var single = KernelLayers.Filled(new VaeAttention(64, 32), 5, 0.08);
        using var exactSingle = new VaeAttention(64, 32);
        var picture = randn(1, 64, 12, 20);
        Report($"{dtype} one head", dtype, CudaLayers.Error(dtype, single, exactSingle, (l, to) => l.forward(CudaLayers.Rows(to(picture)))));
    }

    [Theory]
    [MemberData(nameof(DTypes))]
    public void RowLayers_AnyLength_EqualDoublePrecision(ScalarType dtype)
    {
        CudaLayers.Require();
        foreach (var (rows, width) in new[] { (7, 64), (154, 4096), (1, 8), (33, 1000) })
        {
            using var norm = KernelLayers.Filled(new T5LayerNorm(width, 1e-6), rows);
            using var exactNorm = new T5LayerNorm(width, 1e-6);
            var x = randn(1, rows, width) * 3;

            // The plain layer computes in float32 whatever comes in.
            Report($"{dtype} RMS norm {rows} x {width}", dtype, CudaLayers.Error(dtype, norm, exactNorm, (l, to) => l.forward(to(x))));
        }

        foreach (var (rows, width) in new[] { (7, 64), (154, 1024), (1, 8), (33, 1000), (5, 1280) })
        {
            using var norm = KernelLayers.Filled(new LayerNorm(width), rows);
            using var exactNorm = new LayerNorm(width);
            var x = (randn(1, rows, width) * 3) + 1;
            Report($"{dtype} layer norm {rows} x {width}", dtype, CudaLayers.Error(dtype, norm, exactNorm, (l, to) => l.forward(to(x))));
        }

        using var gate = KernelLayers.Filled(new GEGLU(64, 104), 6, 0.1);
        using var exactGate = new GEGLU(64, 104);
        var tokens = randn(2, 50, 64);
        Report($"{dtype} gate", dtype, CudaLayers.Error(dtype, gate, exactGate, (l, to) => l.forward(to(tokens))));
    }

    [Fact]
    public void Kernels_AllOfThem_LeakNothingAndRepeat()
    {
        CudaLayers.Require();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var options = new ResnetOptions { ScaleShift = true, Activation = Activation.Gelu };
        using var block = KernelLayers.Filled(new ResnetBlock2D(64, 96, 48, options), 1, 0.05);
        foreach (var (_, weight) in block.NamedWeights())
            weight.Fill(weight.Value.to(ScalarType.Float16).to(TestDevice.Device));
        CudaKernels.Attach(block);
        var x = randn(2, 64, 32, 32).to(ScalarType.Float16).to(TestDevice.Device);
        var temb = randn(2, 48).to(ScalarType.Float16).to(TestDevice.Device);
        var expected = block.forward(x, temb);

        TensorAssert.NoLeaks(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var actual = block.forward(x, temb);
                Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, actual));
            }
        });
    }

    private void Report(string label, ScalarType dtype, double error)
    {
        output.WriteLine($"{label}: relative error {error:g3}, allowed {CudaLayers.Tolerance(dtype):g3}");
        Assert.InRange(error, 0, CudaLayers.Tolerance(dtype));
    }
}

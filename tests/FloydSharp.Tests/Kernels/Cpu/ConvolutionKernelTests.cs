using FloydSharp.Kernels.Cpu;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class ConvolutionKernelTests(ITestOutputHelper output)
{
    // Winograd's transforms round more than the sums of a direct convolution: 1e-6 and 3e-7 are what was measured.
    private const double Tolerance = 5e-6;

    // Path, batch, input and output channels, height, width, kernel, stride, padding.
    public static TheoryData<CpuPath, int, int, int, int, int, int, int, int> Shapes
    {
        get
        {
            var data = new TheoryData<CpuPath, int, int, int, int, int, int, int, int>();
            foreach (var path in KernelLayers.Paths)
            {
                data.Add(path, 2, 32, 48, 16, 16, 3, 1, 1);
                data.Add(path, 1, 16, 16, 17, 19, 3, 1, 1);
                data.Add(path, 3, 21, 37, 18, 31, 3, 1, 1);
                data.Add(path, 1, 24, 24, 65, 16, 3, 1, 1);
                data.Add(path, 1, 40, 3, 33, 33, 3, 1, 1);
                data.Add(path, 2, 64, 112, 20, 20, 3, 1, 1);
                data.Add(path, 1, 64, 112, 65, 65, 3, 1, 1);
                data.Add(path, 1, 1024, 112, 36, 35, 3, 1, 1);
                data.Add(path, 2, 7, 24, 20, 21, 3, 1, 1);
                data.Add(path, 2, 48, 40, 8, 8, 3, 1, 1);
                data.Add(path, 3, 25, 19, 9, 13, 3, 1, 1);
                data.Add(path, 2, 48, 40, 7, 8, 3, 1, 1);
                data.Add(path, 1, 24, 24, 19, 22, 3, 2, 1);
                data.Add(path, 1, 16, 20, 21, 20, 3, 2, 0);
                data.Add(path, 3, 25, 50, 9, 11, 1, 1, 0);
                data.Add(path, 1, 6, 10, 12, 12, 5, 1, 2);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_AnyShape_EqualsDoublePrecision(CpuPath path, int batch, int inChannels, int outChannels, int height, int width, int kernel, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new Conv2d(inChannels, outChannels, kernel, stride, padding), 1);
        using var exact = KernelLayers.InDouble(layer, new Conv2d(inChannels, outChannels, kernel, stride, padding));
        Assert.Equal(path, CpuKernels.Attach(layer, KernelLayers.Options(path)));
        var x = randn(batch, inChannels, height, width);
        var expected = exact.forward(x.to(ScalarType.Float64));

        foreach (var input in new[] { x, KernelLayers.ChannelsLast(x) })
        {
            var actual = layer.forward(input);
            var error = KernelLayers.RelativeError(expected, actual);
            output.WriteLine($"relative error {error:g3}, allowed {Tolerance:g3}");
            Assert.InRange(error, 0, Tolerance);
            Assert.Equal(1, actual.stride(1));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_WithResidualAndScale_AddsAndScales(CpuPath path, int batch, int inChannels, int outChannels, int height, int width, int kernel, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new Conv2d(inChannels, outChannels, kernel, stride, padding), 2);
        using var exact = KernelLayers.InDouble(layer, new Conv2d(inChannels, outChannels, kernel, stride, padding));
        CpuKernels.Attach(layer, KernelLayers.Options(path));
        var x = randn(batch, inChannels, height, width);
        var product = exact.forward(x.to(ScalarType.Float64));
        var residual = randn(product.shape);

        Assert.InRange(KernelLayers.RelativeError((product + residual) * 0.7, layer.forward(x, residual, 0.7)), 0, Tolerance);
    }

    [Theory]
    [InlineData(8, 9)]
    [InlineData(20, 13)]
    public void ForwardDoubled_EachPath_EqualsRepeatingPixels(int height, int width)
    {
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var layer = KernelLayers.Filled(new Conv2d(24, 40, 3, padding: 1), 3);
            var x = randn(2, 24, height, width);
            var expected = layer.forwardDoubled(x);
            CpuKernels.Attach(layer, KernelLayers.Options(path));

            Assert.Equal([2, 40, 2 * height, 2 * width], expected.shape);
            Assert.InRange(KernelLayers.RelativeError(expected, layer.forwardDoubled(x)), 0, Tolerance);
        }
    }

    [Fact]
    public void Forward_NoRoomForTransformedFilters_IsRightAndTakesNone()
    {
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var layer = KernelLayers.Filled(new Conv2d(32, 32, 3, padding: 1), 4);
            var x = randn(1, 32, 20, 20);
            var expected = layer.forward(x);
            CpuKernels.Attach(layer, KernelLayers.Options(path, transformedBytes: 1000));

            Assert.InRange(KernelLayers.RelativeError(expected, layer.forward(x)), 0, Tolerance);
            Assert.Null(layer.OwnWeights[0].Value.Prepared<WinogradWeights>((path == CpuPath.Vector512 ? 16 : 8, 6), () => null));
        }
    }

    [Theory]
    [InlineData(32, 32, 20, false)]
    [InlineData(48, 7, 16, false)]
    [InlineData(40, 40, 9, true)]
    [InlineData(512, 520, 16, false)]
    [InlineData(1024, 530, 8, false)]
    public void Forward_NoRoomForTransformedFilters_GivesTheSameBits(int inChannels, int outChannels, int side, bool doubled)
    {
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var layer = KernelLayers.Filled(new Conv2d(inChannels, outChannels, 3, padding: 1), 6, 0.05);
            using var generator = new Generator(7, CPU);
            var x = randn(2, inChannels, side, side, generator: generator);
            CpuKernels.Attach(layer, KernelLayers.Options(path));
            var expected = doubled ? layer.forwardDoubled(x) : layer.forward(x);
            CpuKernels.Attach(layer, KernelLayers.Options(path, transformedBytes: 0));
            layer.OwnWeights[0].Value.Fill(layer.OwnWeights[0].Value.Value.clone());

            var actual = doubled ? layer.forwardDoubled(x) : layer.forward(x);

            Assert.True(actual.equal(expected).all().item<bool>(), $"{path}");
        }
    }

    [Fact]
    public void Clear_AfterUse_FreesTransformedFilters()
    {
        if (KernelLayers.Paths.Count == 0)
            return;
        using var layer = KernelLayers.Filled(new Conv2d(32, 48, 3, padding: 1), 5);
        var freed = 0;
        var made = layer.OwnWeights[0].Value.Prepared("form", () => WinogradWeights.Create<System.Runtime.Intrinsics.Vector256<float>, Simd256, WinogradTile4<System.Runtime.Intrinsics.Vector256<float>, Simd256>>(
            layer.OwnWeights[0].Value.Value, () => freed++));

        Assert.NotNull(made);
        layer.Clear();
        Assert.Equal(1, freed);
    }

    [Fact]
    public void Forward_WithGradients_RunsThePlainWay()
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new Conv2d(16, 16, 3, padding: 1), 6);
        var x = randn(1, 16, 16, 16).requires_grad_();
        var expected = layer.forward(x).detach();
        CpuKernels.Attach(layer, KernelLayers.Options(CpuPaths.Fastest));
        var actual = layer.forward(x);
        actual.sum().backward();

        Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, actual.detach()));
        Assert.NotNull(x.grad);
    }

    [Fact]
    public void Forward_AfterDetach_IsThePlainWay()
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new Conv2d(16, 16, 3, padding: 1), 7);
        var x = randn(1, 16, 16, 16);
        var expected = layer.forward(x);
        CpuKernels.Attach(layer, KernelLayers.Options(CpuPaths.Fastest));
        layer.forward(x);
        Assert.Equal(CpuPath.Plain, CpuKernels.Attach(layer, KernelLayers.Options(CpuPath.Plain)));

        Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, layer.forward(x)));
    }
}

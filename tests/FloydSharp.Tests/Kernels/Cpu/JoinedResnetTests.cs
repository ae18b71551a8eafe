using FloydSharp.Kernels.Cpu;
using FloydSharp.Nn;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class JoinedResnetTests(ITestOutputHelper output)
{
    private const double Tolerance = 5e-6;

    // Batch, channels, those of the skip connection, those of the result, height, width, groups: groups may cross both inputs.
    [Theory]
    [InlineData(2, 32, 16, 24, 16, 16, 8)]
    [InlineData(1, 21, 15, 40, 17, 19, 4)]
    [InlineData(3, 48, 48, 32, 8, 9, 32)]
    [InlineData(1, 64, 33, 64, 45, 70, 1)]
    [InlineData(2, 24, 24, 48, 4, 5, 6)]
    public void Forward_SkipConnection_EqualsJoining(int batch, int channels, int skipped, int outChannels, int height, int width, int groups)
    {
        var options = new ResnetOptions { Groups = groups, OutputScaleFactor = 1.4 };
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var block = KernelLayers.Filled(new ResnetBlock2D(channels + skipped, outChannels, null, options), 4);
            var (x, skip) = (randn(batch, channels, height, width) + 3, randn(batch, skipped, height, width));
            var expected = block.forward(x, skip, null);
            CpuKernels.Attach(block, KernelLayers.Options(path));

            var actual = block.forward(x, KernelLayers.ChannelsLast(skip), null);

            var error = KernelLayers.RelativeError(expected, actual);
            output.WriteLine($"{path}: relative error {error:g3}");
            Assert.InRange(error, 0, Tolerance);
            Assert.True(actual.equal(block.forward(cat([x, skip], dim: 1))).all().item<bool>());
        }
    }

    [Fact]
    public void Forward_WithoutShortcut_GoesByTheLayers()
    {
        foreach (var path in KernelLayers.Paths)
        {
            using var scope = NewDisposeScope();
            using var block = KernelLayers.Filled(new ResnetBlock2D(32, 32, null, new() { Groups = 8 }), 5);
            var (x, skip) = (randn(1, 16, 16, 16), randn(1, 16, 16, 16));
            var expected = block.forward(x, skip, null);
            CpuKernels.Attach(block, KernelLayers.Options(path));

            Assert.InRange(KernelLayers.RelativeError(expected, block.forward(x, skip, null)), 0, Tolerance);
        }
    }
}

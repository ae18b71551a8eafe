using FloydSharp.Graphs;
using FloydSharp.Models.UNet;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Schedulers;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Graphs;

/// <summary>Denoising with recorded passes gives the bits that denoising gives without.</summary>
public sealed class DenoisingGraphTests
{
    private static readonly UNet2DConditionConfig _small = RealConfigs.StageIMedium with
    {
        BlockOutChannels = [64, 64],
        DownBlockTypes = ["ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"],
        UpBlockTypes = ["SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"],
        LayersPerBlock = 1,
        CrossAttentionDim = 64,
        EncoderHidDim = 32,
        AdditionEmbedTypeNumHeads = 4,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_WithRecordedPasses_GivesTheSameBits(bool fresh)
    {
        var device = new FakeGraphDevice();
        List<string> passes = [];

        using var expected = Denoise(CPU, ScalarType.Float32, (_, _) => new(null, null), fresh, []);
        using var actual = Denoise(CPU, ScalarType.Float32, (_, _) => new(device, null), fresh, passes);

        Assert.True(actual.equal(expected).all().item<bool>());
        Assert.Equal(["eager", "eager", "graph", "graph", "graph", "graph", "graph", "graph"], passes);
        Assert.Equal((1, 0), (device.Recordings, device.Open));
    }

    [Fact]
    public void For_ModelOnTheCpu_SaysWhyNot()
    {
        using var unet = UNet(CPU, ScalarType.Float32);
        var choice = GraphChoice.For(unet, 100);
        Assert.Null(choice.Device);
        Assert.Equal("no GPU", choice.Why);
        unet.IsPlain = true;
        Assert.Contains("plain", GraphChoice.For(unet, 100).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OnAGpu_RecordsAndGivesTheSameBits()
    {
        Assert.SkipUnless(TestDevice.Device.type == DeviceType.CUDA, "needs a GPU: FLOYD_TEST_DEVICE=cuda");
        List<string> passes = [];

        using var expected = Denoise(TestDevice.Device, ScalarType.Float16, (_, _) => new(null, null), fresh: false, []);
        using var actual = Denoise(TestDevice.Device, ScalarType.Float16, GraphChoice.For, fresh: false, passes);

        Assert.Equal("graph", passes[^1]);
        Assert.True(actual.equal(expected).all().item<bool>());
    }

    private static UNet2DConditionModel UNet(Device device, ScalarType dtype, int channels = 3)
    {
        var unet = new UNet2DConditionModel(_small with { InChannels = channels });
        using var generator = new Generator(3, CPU);
        foreach (var (_, weight) in unet.NamedWeights())
            weight.Fill((randn([.. weight.Shape], generator: generator) * 0.05).to(dtype, device));
        return unet;
    }

    private static Tensor Denoise(Device device, ScalarType dtype, Func<UNet2DConditionModel, int, GraphChoice> graphs, bool fresh, List<string> passes)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var unet = UNet(device, dtype, fresh ? 4 : 3);
        using var noise = NoiseSource.FromSeed(1);
        using var scheduler = new DDPMScheduler(new() { VarianceType = VarianceType.LearnedRange });
        scheduler.SetTimesteps(8);
        var loop = new DenoisingLoop
        {
            UNet = unet,
            Scheduler = scheduler,
            Text = noise.Draw([2, 5, 32], dtype, device),
            FreshCondition = fresh ? rows => noise.Draw([rows, 1, 16, 16], ScalarType.Float32, device) : null,
            GuidanceScale = 7,
            Noise = noise,
            Graphs = graphs,
        };
        return loop.Run(noise.Draw([1, 3, 16, 16], ScalarType.Float32, device), new StepObserver(s => passes.Add(s.Pass)), default)
            .MoveToOuterDisposeScope();
    }
}

using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.Memory;
using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Noise;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.IF;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

/// <summary>Memory that runs out is an event: the run goes on from its last step with less of the model in memory.</summary>
public sealed class OutOfMemoryTests
{
    private const string Cuda = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB";

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Generate_MemoryRunsOutInAStep_GivesTheSameBits(int step)
    {
        using var expected = Run(_ => { }, out _);
        List<string> warnings = [];
        var failures = 0;

        using var actual = Run(unet => FailAt(unet, step, () => failures++), out warnings);

        Assert.Equal(1, failures);
        Assert.Single(warnings);
        Assert.Contains("memory ran out", warnings[0], StringComparison.Ordinal);
        Assert.True(actual.equal(expected).all().item<bool>());
    }

    [Fact]
    public void TryShrink_AgainAndAgain_EndsWithEverythingStreamed()
    {
        using var components = Open();
        var unet = components.UNet.Load(null, TestContext.Current.CancellationToken);
        var times = 0;
        while (unet.TryShrink())
            times++;

        Assert.InRange(times, 1, 20);
    }

    [Fact]
    public void Is_OtherErrors_AreNot()
    {
        Assert.True(OutOfMemory.Is(Torch(Cuda)));
        Assert.True(OutOfMemory.Is(Torch("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")));
        Assert.False(OutOfMemory.Is(Torch("The size of tensor a (2) must match the size of tensor b (3)")));
        Assert.False(OutOfMemory.Is(new FloydException("out of memory")));
    }

#pragma warning disable CA2201 // What TorchSharp throws.
    private static ExternalException Torch(string message) => new(message);
#pragma warning restore CA2201

    private static IFComponents Open() => IFComponents.Open(GoldenFolder.All[0].Checkpoint("if-I"), new() { Load = TestDevice.Load });

    private static Tensor Run(Action<UNet2DConditionModel> prepare, out List<string> warnings)
    {
        List<string> told = [];
        using var pipeline = new IFPipeline(Open());
        prepare(pipeline.Components.UNet.Load(new Observer(p => told.AddRange(p.Warning is { } text ? [text] : [])), TestContext.Current.CancellationToken));
        using var embeddings = new PromptEmbeddings(ones(1, 5, pipeline.Components.UNetConfig.TextWidth), zeros(1, 5, pipeline.Components.UNetConfig.TextWidth));
        using var noise = NoiseSource.FromSeed(3);
        var result = pipeline.Generate(embeddings, noise, new() { NumInferenceSteps = 5, Width = 16, Height = 16 }, null, TestContext.Current.CancellationToken);
        warnings = told;
        return result;
    }

    // The weight that is used last fails once, as an allocation on a device would.
    private static void FailAt(UNet2DConditionModel unet, int step, Action failed)
    {
        var weight = unet.NamedWeights().Single(w => w.Key == "conv_out.weight").Value;
        var (dtype, device) = (weight.DType, weight.Device);
        var value = weight.Value.clone().DetachFromDisposeScope();
        var left = step;
        weight.Attach(new Stream(() =>
        {
            if (left-- > 0)
            {
                weight.Fill(value.alias());
                return;
            }

            value.Dispose();
            weight.Detach();
            failed();
            throw Torch(Cuda);
        }), 0, dtype, device);
    }

    private sealed class Stream(Action enter) : IWeightStream
    {
        public void Enter(int unit) => enter();
    }

    private sealed class Observer(Action<LoadProgress> observe) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => observe(value);
    }
}

using System.Runtime.InteropServices;
using FloydSharp.IO;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Pipelines;
using FloydSharp.Pipelines.Upscale;
using FloydSharp.Streaming;
using FloydSharp.Testing;
using FloydSharp.Tests.Streaming;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Pipelines;

/// <summary>Wherever memory runs out, a model comes with less of it on the device, and computes the same.</summary>
public sealed class ModelLoaderTests
{
    // What fails here is made to; it needs no card.
    private static LoadOptions Load => new() { DType = ScalarType.Float32, Plain = true };

    private static string Folder => GoldenFolder.All[0].Checkpoint("if-I/unet");

    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(false, 2, 1)]
    [InlineData(false, 3, 2)]
    [InlineData(true, 1, 0)]
    [InlineData(true, 2, 1)]
    public void Fill_MemoryRunsOutWhileWeightsAreRead_TriesAgainThenGoesOnWithLess(bool streamed, int failures, int warned)
    {
        var left = failures;
        var (bits, warnings) = Run(Options(streamed), progress: p =>
        {
            if (p.Warning is null && p.LoadedBytes > p.TotalBytes / 2 && left-- > 0)
                throw Torch();
        });

        Check(bits, warnings, warned);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fill_MemoryRunsOutWhileKernelsAreAttached_GoesOnWithLess(bool streamed)
    {
        var left = 2;
        var (bits, warnings) = Run(Options(streamed), prepare: _ =>
        {
            if (left-- > 0)
                throw Torch();
        });

        Check(bits, warnings, 1);
    }

    [Theory]
    [InlineData("mark", 3)]
    [InlineData("mark", 7)]
    public void Fill_MemoryRunsOutWhileSlotsAreMade_GoesOnWithLess(string call, int at)
    {
        var opened = 0;
        var (bits, warnings) = Run(Options(streamed: true) with
        {
            OpenStreams = _ =>
            {
                var (fails, calls) = (++opened <= 2, 0);
                return new CardLikeDevice(c =>
                {
                    if (fails && c == call && ++calls == at)
                        throw Torch();
                });
            },
        });

        Check(bits, warnings, 1);
        Assert.Equal(3, opened);
    }

    [Theory]
    [InlineData("use")]
    [InlineData("copy")]
    [InlineData("host memory")]
    public void Encode_MemoryRunsOut_GoesOnWithLess(string call)
    {
        var golden = GoldenFolder.All.FirstOrDefault(f => f.HasWholeVocabulary);
        Assert.SkipWhen(golden is null, "The checkpoints' vocabulary is a miniature one.");
        var (folder, tokenizer) = (golden.Checkpoint("if-I/text_encoder"), golden.Tokenizer("t5")!);
        using var whole = PromptEncoder.LoadT5(folder, tokenizer, Load, null, TestContext.Current.CancellationToken);
        using var expected = whole.Encode(["a red boat"], cancellation: TestContext.Current.CancellationToken);
        var opened = 0;
        List<string> warnings = [];
        using var model = new T5EncoderModel(T5Config.Load(folder));
        using var files = IO.Safetensors.WeightSet.Open(folder);
        var (least, all) = (StreamedModel.SmallestBudget(model, files, Load with { MapWeights = false }), model.NamedWeights().Sum(w => w.Value.ElementCount * sizeof(float)));
        var options = Load with { MapWeights = false, WeightBudget = (least + all) / 2, OpenStreams = _ => FailingAt(++opened == 1 ? call : null) };
        using var encoder = PromptEncoder.LoadT5(folder, tokenizer, options, Told(warnings), TestContext.Current.CancellationToken);

        using var actual = encoder.Encode(["a red boat"], cancellation: TestContext.Current.CancellationToken);

        Assert.True(actual.Positive.equal(expected.Positive).all().item<bool>());
        Assert.Single(warnings);
    }

    [Fact]
    public void Decode_MemoryRunsOut_DecodesInTiles()
    {
        using var pipeline = StableDiffusionUpscalePipeline.Load(GoldenFolder.All[0].Checkpoint("x4"), new() { Load = Load });
        var vae = pipeline.Components.Vae.Load(null, TestContext.Current.CancellationToken);
        using var generator = new Generator(2, CPU);
        using var latents = randn([1, pipeline.Components.VaeConfig.LatentChannels, 24, 24], generator: generator);
        using var image = zeros(1, 3, 24, 24);
        var tiled = new StableDiffusionUpscaleOptions { Decode = new() { Slicing = true, Tiling = true } };
        using var expected = pipeline.Decode(latents, image, tiled, TestContext.Current.CancellationToken);
        var left = 1;
        foreach (var conv in Descendants(vae).OfType<Conv2d>())
            conv.Kernel = new Failing(() => Fail(true, ref left));

        using var actual = pipeline.Decode(latents, image, null, TestContext.Current.CancellationToken);

        Assert.Equal(0, left);
        Assert.True(actual.equal(expected).all().item<bool>());
    }

    [Fact]
    public void Fill_ThereIsNeverRoom_EndsWithOneLineAfterTheLeast()
    {
        List<string> warnings = [];
        using var model = Create();

        var error = Assert.Throws<FloydException>(() => ModelLoader.Fill(model, Folder, Options(false), Told(warnings), TestContext.Current.CancellationToken, _ => throw Torch()));

        Assert.Contains("even with all of its weights streamed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(warnings.Count, 2, 20);
        Assert.All(model.NamedWeights(), w => Assert.False(w.Value.IsFilled));
    }

    [Fact]
    public void Fill_ThroughBuffersOfTheHost_GivesTheBitsOfTheWholeModel()
    {
        var (bits, warnings) = Run(Options(streamed: true) with { OpenStreams = _ => new CardLikeDevice(_ => { }) });

        Check(bits, warnings, 0);
    }

    private static void Check(Tensor bits, List<string> warnings, int warned)
    {
        var (expected, _) = Run(Options(streamed: false));
        using (bits)
        using (expected)
        {
            Assert.True(bits.equal(expected).all().item<bool>());
            Assert.Equal(warned, warnings.Count);
            Assert.All(warnings, w => Assert.Contains("memory ran out before unet ran", w, StringComparison.Ordinal));
        }
    }

    private static (Tensor Bits, List<string> Warnings) Run(LoadOptions options, Action<LoadProgress>? progress = null, Action<Layer>? prepare = null)
    {
        List<string> warnings = [];
        using var noGrad = no_grad();
        using var model = ModelLoader.Fill(Create(), Folder, options, Told(warnings, progress), TestContext.Current.CancellationToken, prepare);
        using var scope = NewDisposeScope();
        using var source = new Generator(1);
        var sample = randn([2, model.Config.InChannels, 16, 16], generator: source);
        var text = randn([2, 5, model.Config.TextWidth], generator: source);
        return (model.forward(sample, tensor(500L), text).MoveToOuterDisposeScope(), warnings);
    }

    private static LoadOptions Options(bool streamed) => Load with
    {
        MapWeights = false,
        WeightBudget = streamed ? (long)(0.7 * Directory.GetFiles(Folder, "*.safetensors").Sum(f => new FileInfo(f).Length)) : null,
    };

    private static UNet2DConditionModel Create() => new(UNet2DConditionConfig.Load(Folder));

    private static IEnumerable<Layer> Descendants(Layer layer) => layer.Children.SelectMany(child => Descendants(child.Value).Prepend(child.Value));

    // Whatever fails while weights are fetched ahead is tried once more when they are used.
    private static CardLikeDevice FailingAt(string? call) => new(c =>
    {
        if (c == call)
            throw Torch();
    });

    private static void Fail(bool now, ref int left)
    {
        if (now && left > 0)
        {
            left--;
            throw Torch();
        }
    }

    private static Observer Told(List<string> warnings, Action<LoadProgress>? also = null) => new(p =>
    {
        if (p.Warning is { } text)
            warnings.Add(text);
        also?.Invoke(p);
    });

#pragma warning disable CA2201 // What TorchSharp throws.
    private static ExternalException Torch() => new("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB");
#pragma warning restore CA2201

    private sealed class Observer(Action<LoadProgress> observe) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => observe(value);
    }

    private sealed class Failing(Action run) : IConv2dKernel
    {
        public Tensor? TryRun(Tensor x, Conv2dTerms terms)
        {
            run();
            return null;
        }
    }
}

using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Kernels.Cuda;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Pipelines;
using FloydSharp.Streaming;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Streaming;

/// <summary>A model whose weights come in when they are used computes the same bits as one whose weights stay.</summary>
public sealed class StreamedModelTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<GoldenFolder, string> Components => [.. GoldenFolder.All.SelectMany(f => new[] { "if-I/text_encoder", "if-I/unet", "if-II/unet", "x4/unet" }.Select(c => (f, c)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Components), DisableDiscoveryEnumeration = true)]
    public void Forward_AnyBudget_GivesTheBitsOfTheWholeModel(GoldenFolder folder, string component)
    {
        using var noGrad = no_grad();
        var path = folder.Checkpoint(component);
        using var whole = Load(path, null);
        using var expected = Run(whole);
        var all = whole.NamedWeights().Sum(w => w.Value.ElementCount * 4);
        var least = Smallest(path);
        output.WriteLine($"{component}: {all >> 10} KiB, at least {least >> 10} KiB");

        // Only a card has page-locked memory.
        long[] pins = TestDevice.Device.type == TorchSharp.DeviceType.CUDA ? [0, all / 3, 2 * all] : [0];
        foreach (var (budget, pinned) in new[] { least, (least + all) / 2 }.SelectMany(b => pins.Select(p => (b, p))))
        {
            using var model = Load(path, budget, pinned);
            for (var run = 0; run < 3; run++)
            {
                using var actual = Run(model);
                Assert.True(actual.equal(expected).all().item<bool>(), $"{component} within {budget} bytes, {pinned} page-locked, differs in run {run}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Components), DisableDiscoveryEnumeration = true)]
    public void Forward_ByKernels_AnyBudget_GivesTheBitsOfTheWholeModel(GoldenFolder folder, string component)
    {
        using var noGrad = no_grad();
        var path = folder.Checkpoint(component);
        using var whole = LoadByKernels(path, null);
        using var expected = Run(whole, side: 32);
        var all = whole.NamedWeights().Sum(w => w.Value.ElementCount * 4);
        var least = Smallest(path);

        foreach (var budget in new[] { least, (least + all) / 2, long.MaxValue })
        {
            using var model = LoadByKernels(path, budget);
            using var actual = Run(model, side: 32);
            Assert.True(actual.equal(expected).all().item<bool>(), $"{component} within {budget} bytes differs.");
        }
    }

    [Theory]
    [MemberData(nameof(Components), DisableDiscoveryEnumeration = true)]
    public void Forward_JoinedMaps_AnyBudget_GivesTheBitsOfTheWholeModel(GoldenFolder folder, string component)
    {
        using var noGrad = no_grad();
        var path = folder.Checkpoint(component);
        using var whole = Load(path, null);
        var joins = JoinsOf(whole).Where(j => j.Parts.Count > 1).ToList();
        Assert.All(joins, j => Assert.True(j.TryJoin()));
        using var expected = Run(whole);
        var all = whole.NamedWeights().Sum(w => w.Value.ElementCount * 4);
        var least = Smallest(path);

        foreach (var budget in new[] { least, (least + all) / 2 })
        {
            using var model = Load(path, budget);
            Assert.All(JoinsOf(model).Where(j => j.Parts.Count > 1), j => Assert.True(j.TryJoin() && j.IsJoined));
            if (budget == least)
                Assert.Contains(JoinsOf(model), j => j is { IsStreamed: true, IsJoined: true });
            using var actual = Run(model);
            Assert.True(actual.equal(expected).all().item<bool>(), $"{component} within {budget} bytes differs.");
        }
    }

    [Fact]
    public void Fill_WithRooms_PutsWeightsWhereKernelsWantThem()
    {
        using var noGrad = no_grad();
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var plain = Load(path, null);
        using var model = Create(path);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var rooms = new CudaWeightRooms(model))
            StreamedModel.Fill(model, WeightSet.Open(path), TestDevice.Load with { Rooms = rooms }, null, TestContext.Current.CancellationToken);
        // A handle more for a filter would keep its memory until a collection, long after the model is gone.
        Assert.Equal(model.NamedWeights().Count(), TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before);

        foreach (var (expected, actual) in plain.NamedWeights().Zip(model.NamedWeights()))
        {
            Assert.True(actual.Value.Value.equal(expected.Value.Value).all().item<bool>(), actual.Key);
            if (actual.Value.Shape is [_, > 1, > 1, _])
                Assert.Equal(1, actual.Value.Value.stride(1));
        }

        var first = JoinsOf(model).First(j => j.Parts.Count > 1).Parts[0].Matrix;
        var place = first.Value;
        Assert.All(JoinsOf(model).Where(j => j.Parts.Count > 1), j => Assert.True(j.TryJoin()));
        // Nothing was moved.
        Assert.Same(place, first.Value);
    }

    [Fact]
    public void Layout_OfAUNet_KeepsMapsOfTheSameInputTogether()
    {
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var model = Load(path, Smallest(path));

        Assert.All(JoinsOf(model).Where(j => j.Parts.Count > 1), j => Assert.Single(j.Parts.Select(p => p.Matrix.StreamUnit).Distinct()));
    }

    [Fact]
    public void Forward_AfterTheFirstRun_FindsEveryUnitOnItsWay()
    {
        using var noGrad = no_grad();
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var model = (UNet2DConditionModel)Create(path);
        var (layout, stream) = Stream(model, path, Smallest(path));
        using (stream)
        {
            Run(model).Dispose();
            var (misses, reads) = (stream.Misses, stream.Reads);
            Run(model).Dispose();
            Run(model).Dispose();

            Assert.True(layout.Streamed.Count > 10);
            Assert.InRange(stream.Misses - misses, 0, 1);
            Assert.InRange(stream.Reads - reads, (2 * layout.Streamed.Count) - 1, (2 * layout.Streamed.Count) + 2);
        }
    }

    [Fact]
    public void Fill_BudgetThatIsTooSmall_SaysWhatWouldDo()
    {
        using var model = Create(GoldenFolder.All[0].Checkpoint("if-I/unet"));

        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");

        var error = Assert.Throws<FloydException>(() => Fill(model, path, Smallest(path) - 1));

        Assert.Contains("need at least", error.Message, StringComparison.Ordinal);
        Assert.All(model.NamedWeights(), w => Assert.False(w.Value.IsFilled));
    }

    [Fact]
    public void Clear_WhileUnitsAreOnTheirWay_LeavesNoTensors()
    {
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        var budget = Smallest(path);
        for (var i = 0; i < 3; i++)
            Load(path, budget).Dispose();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++)
            Load(path, budget).Dispose();

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_FileThatWasCutMeanwhile_FailsWithOneLine(bool buffered)
    {
        Assert.SkipWhen(buffered && TestDevice.Device.type != TorchSharp.DeviceType.CPU, "The processor takes the card's part.");
        using var noGrad = no_grad();
        foreach (var name in new[] { "config.json", "diffusion_pytorch_model.safetensors" })
            File.Copy(Path.Combine(GoldenFolder.All[0].Checkpoint("if-I/unet"), name), _folder.File(name));
        using var model = Create(_folder.Path);
        StreamedModel.Fill(model, WeightSet.Open(_folder.Path), TestDevice.Load with { WeightBudget = Smallest(_folder.Path), MapWeights = false, OpenStreams = buffered ? _ => new CardLikeDevice(_ => { }) : null }, null, TestContext.Current.CancellationToken);
        Run(model).Dispose();
        // .NET's own locks keep this process from doing it.
        using (var other = System.Diagnostics.Process.Start("truncate", ["-s", "100000", Directory.GetFiles(_folder.Path, "*.safetensors").Single()]))
            other.WaitForExit();

        var error = Assert.ThrowsAny<FloydException>(() =>
        {
            Run(model).Dispose();
            Run(model).Dispose();
        });

        Assert.DoesNotContain('\n', error.Message);
    }

    private static IEnumerable<JoinedLinear> JoinsOf(Layer layer) =>
        ((layer as IJoinsLinears)?.Joins ?? []).Concat(layer.Children.SelectMany(c => JoinsOf(c.Value)));

    private static Layer Load(string path, long? budget, long pinned = 0)
    {
        var model = Create(path);
        Fill(model, path, budget, pinned);
        return model;
    }

    // As pipelines load, with the kernels that are the default.
    private static Layer LoadByKernels(string path, long? budget) => ModelLoader.Fill(
        Create(path), path, TestDevice.Load with { Plain = false, WeightBudget = budget, MapWeights = false }, null, TestContext.Current.CancellationToken);

    private static void Fill(Layer model, string path, long? budget, long pinned = 0) =>
        StreamedModel.Fill(model, WeightSet.Open(path), TestDevice.Load with { WeightBudget = budget, PinnedBudget = pinned, MapWeights = false }, null, TestContext.Current.CancellationToken);

    private static Layer Create(string path) => path.EndsWith("unet", StringComparison.Ordinal) || File.Exists(Path.Combine(path, "config.json")) && !path.Contains("text_encoder", StringComparison.Ordinal)
        ? new UNet2DConditionModel(UNet2DConditionConfig.Load(path))
        : new T5EncoderModel(T5Config.Load(path));

    private static Tensor Run(Layer model, int side = 16)
    {
        using var scope = NewDisposeScope();
        using var source = new Generator(1);
        if (model is T5EncoderModel t5)
            return t5.forward(randint(2, t5.Config.VocabSize, [2, side], generator: source, dtype: ScalarType.Int64).to(TestDevice.Device)).MoveToOuterDisposeScope();
        var (unet, config) = ((UNet2DConditionModel)model, ((UNet2DConditionModel)model).Config);
        var sample = randn([2, config.InChannels, side, side], generator: source).to(TestDevice.Device);
        var text = randn([2, 5, config.TextWidth], generator: source).to(TestDevice.Device);
        var labels = unet.TakesClassLabels ? tensor(new long[] { 3, 4 }, device: TestDevice.Device) : null;
        return unet.forward(sample, tensor(500L, device: TestDevice.Device), text, labels).MoveToOuterDisposeScope();
    }

    private static long Smallest(string path)
    {
        using var model = Create(path);
        using var files = WeightSet.Open(path);
        return StreamedModel.SmallestBudget(model, files, TestDevice.Load with { MapWeights = false });
    }

    private static (StreamLayout Layout, WeightStream Stream) Stream(Layer model, string path, long budget)
    {
        var files = WeightSet.Open(path);
        var (places, _) = CheckpointMatch.Of(model, files);
        var weights = places.Where(p => p.Weight.TakesCompact).ToDictionary(p => p.Name, p => new StreamedWeight(p, ScalarType.Float32, ScalarType.Float32, false));
        var layout = StreamLayout.Choose(model, weights.ToDictionary(w => w.Key, w => w.Value.Part), 0, budget);
        using var source = new WeightSource(model as ICheckpointModel, TestDevice.Load with { MapWeights = false }, false);
        var streamed = layout.Streamed.SelectMany(u => u.Parts).Select(p => weights[p.Name].Place).ToHashSet();
        foreach (var place in places.Where(p => !streamed.Contains(p)))
            source.Fill(place);
        return (layout, new(layout, weights, new Dictionary<string, Tensor>(), default, StreamedModel.Open(TestDevice.Device), files));
    }
}

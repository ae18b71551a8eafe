using System.Collections.Concurrent;
using CsCheck;
using FloydSharp.IO.Safetensors;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Streaming;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Streaming;

/// <summary>Streamed weights that stay in the host's page-locked memory after they were read once; the processor takes the card's part.</summary>
public sealed class PinnedUnitsTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _calls = [];

    private static LoadOptions Load => new() { DType = ScalarType.Float32, Plain = true, MapWeights = false };

    public static TheoryData<GoldenFolder, string> Components => [.. GoldenFolder.All.SelectMany(f => new[] { "if-I/text_encoder", "if-I/unet", "x4/unet" }.Select(c => (f, c)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Components), DisableDiscoveryEnumeration = true)]
    public void Forward_AnyPartPinned_GivesTheBitsOfTheWholeModel(GoldenFolder folder, string component)
    {
        using var noGrad = no_grad();
        var path = folder.Checkpoint(component);
        using var whole = Fill(path, Load);
        using var expected = Run(whole);
        var budget = Smallest(path);
        var bytes = whole.NamedWeights().Sum(w => w.Value.ElementCount * sizeof(float));
        foreach (var pinned in new[] { 1, bytes / 5, bytes / 2, 2 * bytes })
        {
            using var model = Fill(path, Load with { WeightBudget = budget, PinnedBudget = pinned, OpenStreams = _ => new CardLikeDevice(_ => { }) });
            for (var run = 0; run < 3; run++)
            {
                using var actual = Run(model);
                Assert.True(actual.equal(expected).all().item<bool>(), $"{component} with {pinned} bytes pinned differs in run {run}.");
            }
        }
    }

    // T5's wo stays float32.
    [Theory]
    [InlineData(ScalarType.Float16, null)]
    [InlineData(ScalarType.Float32, "8bit")]
    [InlineData(ScalarType.Float16, "8bit")]
    public void Forward_SeveralDTypes_GivesTheBitsOfTheWholeModel(ScalarType dtype, string? variant)
    {
        using var noGrad = no_grad();
        var (path, load) = (GoldenFolder.All[0].Checkpoint("if-I/text_encoder"), Load with { DType = dtype, Variant = variant });
        using var whole = Fill(path, load);
        using var expected = Run(whole);
        using var model = Fill(path, load with { WeightBudget = Smallest(path, load), PinnedBudget = 1L << 40, OpenStreams = _ => new CardLikeDevice(_ => { }) });
        for (var run = 0; run < 3; run++)
        {
            using var actual = Run(model);
            Assert.True(actual.equal(expected).all().item<bool>(), $"Run {run} differs.");
        }
    }

    [Theory]
    [InlineData("if-I/unet")]
    [InlineData("if-I/text_encoder")]
    public void Forward_AllPinned_ReadsTheFileOnceAndCopiesUnitsAtOnce(string component)
    {
        using var noGrad = no_grad();
        Copy(component);
        var device = new CardLikeDevice(_calls.Enqueue);
        using var model = Fill(_folder.Path, Load with { WeightBudget = Smallest(_folder.Path), PinnedBudget = long.MaxValue / 4, OpenStreams = _ => device });
        using var expected = Run(model);
        using var again = Run(model);
        // .NET's own locks keep this process from doing it.
        using (var other = System.Diagnostics.Process.Start("truncate", ["-s", "100000", Directory.GetFiles(_folder.Path, "*.safetensors").Single()]))
            other.WaitForExit();
        var before = _calls.Count;

        using var actual = Run(model);

        Assert.True(actual.equal(expected).all().item<bool>());
        Assert.True(again.equal(expected).all().item<bool>());
        var calls = _calls.Skip(before).ToList();
        var (used, copied) = (calls.Count(c => c == "use"), calls.Count(c => c == "copy"));
        Assert.True(used > 5);
        Assert.InRange(copied, used - 1, used + 1);
        Assert.True(device.Blocks > used);
        model.Clear();
        Assert.Equal(0, device.Blocks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Forward_NoMoreCanBePinned_GoesOnFromTheFileWithAWarning(int fits)
    {
        using var noGrad = no_grad();
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var whole = Fill(path, Load);
        using var expected = Run(whole);
        var asked = 0;
        var ring = $"host memory of {StagingRing.PieceBytes}";
        var device = new CardLikeDevice(call =>
        {
            if (call.StartsWith("host memory of", StringComparison.Ordinal) && call != ring && asked++ >= fits)
                throw new InsufficientMemoryException("CUDA failed at cudaHostAlloc: out of memory.");
        });
        List<string> warnings = [];
        using var model = Fill(path, Load with { WeightBudget = Smallest(path), PinnedBudget = 1L << 40, OpenStreams = _ => device }, warnings);
        for (var run = 0; run < 3; run++)
        {
            using var actual = Run(model);
            Assert.True(actual.equal(expected).all().item<bool>(), $"Run {run} differs.");
        }

        Assert.Equal(fits + 1, asked);
        Assert.Contains("page-locked", Assert.Single(warnings), StringComparison.Ordinal);
        model.Clear();
        Assert.Equal(0, device.Blocks);
    }

    [Fact]
    public void Forward_LittleMayBePinned_KeepsToIt()
    {
        using var noGrad = no_grad();
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var sizes = Create(path);
        var most = sizes.NamedWeights().Sum(w => w.Value.ElementCount * sizeof(float)) / 3;
        using var model = Fill(path, Load with { WeightBudget = Smallest(path), PinnedBudget = most, OpenStreams = _ => new CardLikeDevice(_calls.Enqueue) });
        Run(model).Dispose();
        Run(model).Dispose();

        const string block = "host memory of ";
        var blocks = _calls.Where(c => c.StartsWith(block, StringComparison.Ordinal)).Select(c => long.Parse(c[block.Length..], System.Globalization.CultureInfo.InvariantCulture)).Where(b => b != StagingRing.PieceBytes).ToList();
        output.WriteLine($"{blocks.Count} units, {blocks.Sum()} of {most} bytes");
        Assert.True(blocks.Count > 1);
        Assert.InRange(blocks.Sum(), most / 2, most);
    }

    [Fact]
    public void Choose_WithinWhatWasChosen_ChoosesTheSame()
    {
        Gen.Select(Gen.Long[1, 3000].Array[1, 40], Gen.Long[0, 40_000]).Sample((counts, budget) =>
        {
            List<StreamUnit> units = [.. counts.Select((c, i) => new StreamUnit([new($"{i}", ScalarType.Float16, c), new($"{i}b", ScalarType.Float32, c / 2)]))];
            var chosen = PinnedUnits.Choose(units, budget);
            var bytes = chosen.Sum(u => units[u].PinnedBytes);

            Assert.True(bytes <= budget);
            Assert.DoesNotContain(Enumerable.Range(0, units.Count).Except(chosen), u => bytes + units[u].PinnedBytes <= budget);
            Assert.True(chosen.SetEquals(PinnedUnits.Choose(units, bytes)));
        });
    }

    [Fact]
    public void PinnedStarts_SeveralDTypes_LieBehindEachOther()
    {
        var unit = new StreamUnit([new("a", ScalarType.Int8, 100), new("b", ScalarType.Float32, 10), new("c", ScalarType.Int8, 700), new("d", ScalarType.Float16, 256)]);

        Assert.Equal([0L, 0, 512, 0], unit.Starts);
        var ends = unit.PinnedStarts.Select(s => (Start: s.Value, End: s.Value + (unit.SlotElements[s.Key] * StreamPart.SizeOf(s.Key)))).OrderBy(s => s.Start).ToList();
        Assert.All(ends, e => Assert.Equal(0, e.Start % 512));
        Assert.All(ends.Zip(ends.Skip(1)), e => Assert.True(e.First.End <= e.Second.Start));
        Assert.InRange(unit.PinnedBytes, ends[^1].End, ends[^1].End + 511);
    }

    private void Copy(string component)
    {
        foreach (var file in Directory.GetFiles(GoldenFolder.All[0].Checkpoint(component)).Where(f => Path.GetFileName(f) is "config.json" or "diffusion_pytorch_model.safetensors" or "model.safetensors"))
            File.Copy(file, _folder.File(Path.GetFileName(file)));
    }

    private static Layer Fill(string path, LoadOptions options, List<string>? warnings = null)
    {
        var model = Create(path);
        StreamedModel.Fill(model, WeightSet.Open(path, variant: options.Variant), options, warnings is null ? null : new Told(warnings), TestContext.Current.CancellationToken);
        return model;
    }

    private static Layer Create(string path) => File.ReadAllText(Path.Combine(path, "config.json")).Contains("d_model", StringComparison.Ordinal)
        ? new T5EncoderModel(T5Config.Load(path))
        : new UNet2DConditionModel(UNet2DConditionConfig.Load(path));

    private static long Smallest(string path, LoadOptions? load = null)
    {
        using var model = Create(path);
        using var files = WeightSet.Open(path, variant: load?.Variant);
        return StreamedModel.SmallestBudget(model, files, load ?? Load);
    }

    private static Tensor Run(Layer model)
    {
        using var scope = NewDisposeScope();
        using var source = new Generator(1);
        if (model is T5EncoderModel t5)
            return t5.forward(randint(2, t5.Config.VocabSize, [2, 9], generator: source, dtype: ScalarType.Int64)).MoveToOuterDisposeScope();
        var (unet, config) = ((UNet2DConditionModel)model, ((UNet2DConditionModel)model).Config);
        var labels = unet.TakesClassLabels ? tensor(new long[] { 3, 4 }) : null;
        return unet.forward(randn([2, config.InChannels, 16, 16], generator: source), tensor(500L), randn([2, 5, config.TextWidth], generator: source), labels).MoveToOuterDisposeScope();
    }

    private sealed class Told(List<string> warnings) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            if (value.Warning is { } text)
                warnings.Add(text);
        }
    }
}

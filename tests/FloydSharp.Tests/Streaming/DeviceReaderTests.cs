using System.Runtime.InteropServices;
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

/// <summary>Weights that stay on a device come there through buffers with the bits that one buffer brings; the processor takes the card's part.</summary>
public sealed class DeviceReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<GoldenFolder, string, ScalarType, bool> Components => [.. GoldenFolder.All.SelectMany(f =>
        from component in new[] { "if-I/text_encoder", "if-I/unet", "x4/unet" }
        from dtype in new[] { ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16 }
        from rooms in new[] { false, true }
        select (f, component, dtype, rooms))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Components), DisableDiscoveryEnumeration = true)]
    public void Fill_ThroughBuffers_GivesTheBitsOfOneBuffer(GoldenFolder folder, string component, ScalarType dtype, bool rooms)
    {
        var path = folder.Checkpoint(component);
        var device = new LateCardDevice();
        using var expected = Fill(path, Load(null) with { DType = dtype }, rooms);
        using var actual = Fill(path, Load(device) with { DType = dtype }, rooms);

        foreach (var (one, other) in expected.NamedWeights().Zip(actual.NamedWeights()))
        {
            Assert.Equal(one.Value.Value.dtype, other.Value.Value.dtype);
            Assert.Equal(one.Value.Value.stride(), other.Value.Value.stride());
            Assert.True(one.Value.Value.equal(other.Value.Value).all().item<bool>(), one.Key);
        }

        Assert.True(device.Copies > 10);
        // Small weights share a buffer.
        Assert.InRange(device.Blocks.Taken, 1, StagingRing.BytesFor(Directory.GetFiles(path, "*.safetensors").Sum(f => new FileInfo(f).Length)) / StagingRing.PieceBytes);
        Assert.Equal(0, device.Blocks.Held);
    }

    [Fact]
    public void Fill_Int8Files_GivesTheBitsOfOneBuffer()
    {
        var path = GoldenFolder.All[0].Checkpoint("if-I/text_encoder");
        using var expected = Fill(path, Load(null) with { Variant = "8bit" }, false);
        using var actual = Fill(path, Load(new LateCardDevice()) with { Variant = "8bit" }, false);

        foreach (var (one, other) in expected.NamedWeights().Zip(actual.NamedWeights()))
        {
            var (a, b) = (one.Value.Compact?.Values ?? one.Value.Value, other.Value.Compact?.Values ?? other.Value.Value);
            Assert.True(a.equal(b).all().item<bool>(), one.Key);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float16, false)]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float16, true)]
    [InlineData(ScalarType.Float32, true)]
    public void TryRead_MoreThanAllBuffers_WaitsBeforeOneIsUsedAgain(ScalarType dtype, bool turned)
    {
        // 48 MiB twice, and something odd between.
        var file = _folder.File("large.safetensors");
        using (var source = new Generator(1))
        using (var large = randn([1024, 2730, 3, 3], generator: source).to(ScalarType.Float16, disposeAfter: true))
        using (var small = randn([77], generator: source).to(ScalarType.Float16, disposeAfter: true))
            TensorFile.Write(file, new Dictionary<string, Tensor> { ["a"] = large, ["b"] = small, ["c"] = large });
        using var weights = SafetensorsFile.Open(file);
        var device = new LateCardDevice();
        Dictionary<string, Tensor> read = [];
        using (var reader = DeviceReader.TryOpen(device)!)
        {
            foreach (var entry in weights.Header.Entries)
            {
                var target = empty([.. entry.Shape], dtype);
                if (turned && entry.Shape.Count == 4)
                {
                    using var rows = empty([entry.Shape[0], 3, 3, entry.Shape[1]], dtype);
                    target.Dispose();
                    target = rows.permute(0, 3, 1, 2);
                }

                Assert.True(reader.TryRead(weights, entry, target));
                read[entry.Name] = target;
            }
        }

        foreach (var entry in weights.Header.Entries)
        {
            using var expected = TensorFile.Read(weights, entry).to(dtype, disposeAfter: true);
            using var target = read[entry.Name];
            Assert.True(target.equal(expected).all().item<bool>(), entry.Name);
        }

        Assert.Equal((4, 0), device.Blocks);
    }

    [Fact]
    public void TryRead_RowsLargerThanABuffer_LeavesTurningToOthers()
    {
        var file = _folder.File("long.safetensors");
        using (var value = ones([2, 9 << 20], ScalarType.Float16))
            TensorFile.Write(file, new Dictionary<string, Tensor> { ["a"] = value });
        using var weights = SafetensorsFile.Open(file);
        using var reader = DeviceReader.TryOpen(new LateCardDevice())!;
        using var turned = zeros([9 << 20, 2], ScalarType.Float16);
        using var target = turned.t();

        Assert.False(reader.TryRead(weights, weights.Header.Entries[0], target));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Fill_FewBuffersCanBePageLocked_GivesTheSameBits(int fits)
    {
        var file = _folder.File("large.safetensors");
        using (var source = new Generator(1))
        using (var large = randn([20 << 20], generator: source))
            TensorFile.Write(file, new Dictionary<string, Tensor> { ["a"] = large });
        using var weights = SafetensorsFile.Open(file);
        var entry = weights.Header.Entries[0];
        var taken = 0;
        var device = new CardLikeDevice(call =>
        {
            if (call == "host memory" && taken++ >= fits)
                throw new InsufficientMemoryException("CUDA failed at cudaHostAlloc: out of memory.");
        });
        using var target = empty([20 << 20]);

        using (var reader = DeviceReader.TryOpen(device))
        {
            Assert.Equal(fits > 0, reader is not null);
            reader?.TryRead(weights, entry, target);
        }

        Assert.Equal(0, device.Blocks);
        using var expected = TensorFile.Read(weights, entry);
        if (fits > 0)
            Assert.True(target.equal(expected).all().item<bool>());
    }

    [Fact]
    public void Fill_NothingCanBePageLocked_GoesThroughOneBuffer()
    {
        var path = GoldenFolder.All[0].Checkpoint("if-I/unet");
        using var expected = Fill(path, Load(null), false);
        using var actual = Fill(path, Load(null) with { OpenReader = _ => DeviceReader.TryOpen(new CardLikeDevice(call =>
        {
            if (call == "host memory")
                throw new InsufficientMemoryException("CUDA failed at cudaHostAlloc: out of memory.");
        })) }, false);

        Assert.All(expected.NamedWeights().Zip(actual.NamedWeights()), w => Assert.True(w.First.Value.Value.equal(w.Second.Value.Value).all().item<bool>()));
    }

    [Fact]
    public void Fill_MemoryRunsOutAmidCopies_TriesAgainAndLeavesNothing()
    {
        List<CardLikeDevice> devices = [];
        var left = 40;
        using var model = ModelLoader.Fill(Create(GoldenFolder.All[0].Checkpoint("if-I/unet")), GoldenFolder.All[0].Checkpoint("if-I/unet"), Load(null) with
        {
            OpenReader = _ =>
            {
                devices.Add(new(call =>
                {
                    if (call == "copy" && --left == 0)
                        throw Torch();
                }));
                return DeviceReader.TryOpen(devices[^1]);
            },
        }, null, TestContext.Current.CancellationToken);

        Assert.Equal(2, devices.Count);
        Assert.All(devices, d => Assert.Equal(0, d.Blocks));
        Assert.All(model.NamedWeights(), w => Assert.True(w.Value.IsFilled));
    }

    [Fact]
    public void Fill_Cancelled_WaitsForCopiesAndLeavesNothing()
    {
        var device = new LateCardDevice();
        using var model = Create(GoldenFolder.All[0].Checkpoint("if-I/unet"));
        using var cancellation = new CancellationTokenSource();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Throws<OperationCanceledException>(() => StreamedModel.Fill(
            model, WeightSet.Open(GoldenFolder.All[0].Checkpoint("if-I/unet")), Load(device), new Observer(p => cancellation.Cancel()), cancellation.Token));

        Assert.Equal(0, device.Blocks.Held);
        Assert.Equal(1, device.Blocks.Taken);
        Assert.All(model.NamedWeights(), w => Assert.False(w.Value.IsFilled));
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Fill_FileIsCutMeanwhile_FailsWithOneLine()
    {
        foreach (var name in new[] { "config.json", "diffusion_pytorch_model.safetensors" })
            File.Copy(Path.Combine(GoldenFolder.All[0].Checkpoint("if-I/unet"), name), _folder.File(name));
        var device = new LateCardDevice();
        using var model = Create(_folder.Path);
        var cut = false;

        var error = Assert.ThrowsAny<FloydException>(() => StreamedModel.Fill(model, WeightSet.Open(_folder.Path), Load(device), new Observer(_ =>
        {
            if (cut)
                return;
            cut = true;
            // .NET's own locks keep this process from doing it.
            using var other = System.Diagnostics.Process.Start("truncate", ["-s", "100000", _folder.File("diffusion_pytorch_model.safetensors")]);
            other.WaitForExit();
        }), TestContext.Current.CancellationToken));

        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(0, device.Blocks.Held);
        Assert.All(model.NamedWeights(), w => Assert.False(w.Value.IsFilled));
    }

    // The real card, where there is one: what it copies is what the processor reads.
    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void Fill_OnACard_GivesTheBitsOfTheProcessor(ScalarType dtype)
    {
        Assert.SkipUnless(TestDevice.Device.type == TorchSharp.DeviceType.CUDA, "Needs a card.");
        foreach (var component in new[] { "if-I/text_encoder", "if-I/unet" })
        {
            var path = GoldenFolder.All[0].Checkpoint(component);
            using var expected = Fill(path, Load(null) with { DType = dtype }, true);
            using var actual = Fill(path, TestDevice.Load with { DType = dtype, MapWeights = false }, true);

            foreach (var (one, other) in expected.NamedWeights().Zip(actual.NamedWeights()))
            {
                using var back = other.Value.Value.cpu();
                Assert.Equal(one.Value.Value.stride(), other.Value.Value.stride());
                Assert.True(back.equal(one.Value.Value).all().item<bool>(), $"{component} {one.Key}");
            }
        }
    }

    private static LoadOptions Load(LateCardDevice? device) => new()
    {
        DType = ScalarType.Float32, Plain = true, MapWeights = false, OpenReader = device is null ? null : _ => DeviceReader.TryOpen(device),
    };

    private static Layer Fill(string path, LoadOptions options, bool rooms)
    {
        using var noGrad = no_grad();
        var model = Create(path);
        using var own = rooms ? new CudaWeightRooms(model) : null;
        StreamedModel.Fill(model, WeightSet.Open(path, variant: WeightVariant.Choose(path, options)), options with { Rooms = own }, null, TestContext.Current.CancellationToken);
        return model;
    }

    private static Layer Create(string path) => File.ReadAllText(Path.Combine(path, "config.json")).Contains("d_model", StringComparison.Ordinal)
        ? new T5EncoderModel(T5Config.Load(path))
        : new UNet2DConditionModel(UNet2DConditionConfig.Load(path));

#pragma warning disable CA2201 // What TorchSharp throws.
    private static ExternalException Torch() => new("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB");
#pragma warning restore CA2201

    private sealed class Observer(Action<LoadProgress> observe) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => observe(value);
    }
}

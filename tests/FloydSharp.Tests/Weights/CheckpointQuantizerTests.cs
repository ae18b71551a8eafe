using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using FloydSharp.Testing;
using FloydSharp.Tests.Models;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Weights;

public sealed class CheckpointQuantizerTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<GoldenCase> Encoders => [.. GoldenCase.OfKind("T5EncoderModel")];

    public static TheoryData<GoldenCase> UNets => [.. GoldenCase.OfKind("UNet2DConditionModel")];

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void Write_TextEncoder_LoadsAsQuantizedWhileLoading(GoldenCase golden)
    {
        var source = GoldenModel.FolderOf(golden);
        using var model = new T5EncoderModel(T5Config.Load(source));
        var report = CheckpointQuantizer.Write(model, source, _folder.Path, new() { Variant = "" }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["model.8bit.safetensors"], _folder.Names);
        Assert.Equal(6 * model.Config.NumLayers, report.Quantized);
        Assert.True(report.BytesAfter < report.BytesBefore);

        using var loaded = Load(new T5EncoderModel(model.Config), _folder.Path, CheckpointQuantizer.Variant, new());
        using var made = Load(new T5EncoderModel(model.Config), source, "", new() { Quantization = WeightQuantization.Linears });
        AssertSame(made, loaded);
    }

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void Write_WideAsBFloat16_KeepsItCompactWhenLoaded(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var noGrad = no_grad();
        var source = GoldenModel.FolderOf(golden);
        using var model = new T5EncoderModel(T5Config.Load(source));
        CheckpointQuantizer.Write(model, source, _folder.Path, new() { Variant = "", WideDType = ScalarType.BFloat16 }, cancellation: TestContext.Current.CancellationToken);

        Load(model, _folder.Path, CheckpointQuantizer.Variant, new());

        Assert.All(model.NamedWeights().Where(w => w.Key.EndsWith(".wo.weight", StringComparison.Ordinal)), w =>
        {
            Assert.Equal(ScalarType.BFloat16, w.Value.Compact!.Values.dtype);
            Assert.Equal(ScalarType.Float32, w.Value.DType);
        });
        var actual = model.forward(tensors["input_ids"].cpu(), tensors["attention_mask"].cpu());
        var error = ((actual - tensors["last_hidden_state"].cpu()).norm() / tensors["last_hidden_state"].cpu().norm()).item<float>();
        output.WriteLine($"{golden}: relative error {error:g3}");
        Assert.InRange(error, 0, 0.03);
    }

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void Write_UNetWithConvolutions_StaysNearTheFloatModel(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var source = GoldenModel.FolderOf(golden);
        using var model = new UNet2DConditionModel(UNet2DConditionConfig.Load(source));
        CheckpointQuantizer.Write(
            model, source, _folder.Path, new() { Variant = "", Quantization = WeightQuantization.LinearsAndConvolutions, MaxShardBytes = 20_000 }, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("diffusion_pytorch_model.safetensors.index.8bit.json", _folder.Names);

        using var loaded = Load(new UNet2DConditionModel(model.Config), _folder.Path, CheckpointQuantizer.Variant, new());
        Load(model, source, "", new());
        var kept = loaded.NamedWeights().Where(w => w.Value.TakesCompact && w.Value.Compact is null).Select(w => w.Key.Split('.')[0]).Distinct().ToList();
        Assert.Subset(new HashSet<string> { "conv_in", "conv_out", "time_embedding", "class_embedding", "add_embedding" }, kept.ToHashSet());

        var sample = randn([1, model.Config.InChannels, 16, 16], generator: new Generator(1));
        var text = randn([1, 5, (long)(model.Config.EncoderHidDim ?? model.Config.CrossAttentionDim[0])], generator: new Generator(2));
        var labels = model.Config.ClassEmbedType is not null || model.Config.NumClassEmbeds is not null ? full([1], 20, ScalarType.Int64) : null;
        var time = tensor(417, ScalarType.Int64);
        var (expected, actual) = (model.forward(sample, time, text, labels), loaded.forward(sample, time, text, labels));
        var error = ((actual - expected).norm() / expected.norm()).item<float>();
        output.WriteLine($"{golden}: relative error {error:g3}");
        Assert.InRange(error, 1e-6, 0.05);
    }

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void Write_Int8Files_AreCopied(GoldenCase golden)
    {
        var source = GoldenModel.FolderOf(golden);
        Assert.SkipUnless(WeightSet.Variants(source).Contains("8bit"), "This checkpoint has no 8bit variant.");
        using var model = new T5EncoderModel(T5Config.Load(source));
        CheckpointQuantizer.Write(model, source, _folder.Path, new() { Variant = "8bit" }, cancellation: TestContext.Current.CancellationToken);
        using var loaded = Load(new T5EncoderModel(model.Config), _folder.Path, "8bit", new());
        Load(model, source, "8bit", new());
        AssertSame(model, loaded);
    }

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void Write_NameTakenOrCancelled_LeavesWhatIsThere(GoldenCase golden)
    {
        var source = GoldenModel.FolderOf(golden);
        using var model = new T5EncoderModel(T5Config.Load(source));
        Assert.Throws<OperationCanceledException>(() => CheckpointQuantizer.Write(model, source, _folder.Path, cancellation: new(canceled: true)));
        Assert.Empty(_folder.Names);

        _folder.Write("model.8bit.safetensors", "mine");
        Assert.ThrowsAny<FloydException>(() => CheckpointQuantizer.Write(model, source, _folder.Path, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("mine", File.ReadAllText(_folder.File("model.8bit.safetensors")));
        Assert.Throws<FloydException>(() => CheckpointQuantizer.Write(model, source, _folder.Path, new() { WideDType = ScalarType.Float16 }, cancellation: TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void Config_SaysWhatIsQuantized_AndStillReads(GoldenCase golden)
    {
        var source = GoldenModel.FolderOf(golden);
        using var model = new T5EncoderModel(T5Config.Load(source));
        var text = CheckpointQuantizer.Config(source, model);
        Assert.Contains("\"load_in_8bit\": true", text, StringComparison.Ordinal);
        Assert.Matches(@"""llm_int8_skip_modules"": \[\s+""wo""\s+\]", text);
        Assert.Equal(model.Config, T5Config.Parse(text));
    }

    public void Dispose() => _folder.Dispose();

    private static T Load<T>(T model, string folder, string variant, LoadOptions options)
        where T : Layer
    {
        using var weights = WeightSet.Open(folder, variant: variant);
        Assert.Empty(CheckpointLoader.Load(model, weights, options).Unexpected);
        return model;
    }

    private static void AssertSame(Layer expected, Layer actual)
    {
        foreach (var ((name, a), (_, b)) in expected.NamedWeights().Zip(actual.NamedWeights()))
        {
            Assert.True(a.Compact is null == b.Compact is null, name);
            Assert.True((a.Compact?.Values ?? a.Value).equal(b.Compact?.Values ?? b.Value).all().item<bool>(), name);
            Assert.True(a.Compact?.Scales is null || a.Compact.Scales.equal(b.Compact!.Scales!).all().item<bool>(), name);
        }
    }
}

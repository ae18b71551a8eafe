using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Weights;

public sealed class CheckpointLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Load_FittingDType_UsesTheMappedFile()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        using var model = new TwoLinears();

        var report = Load(model, new());

        Assert.Equal(4 * (12 + 4 + 8), report.MappedBytes);
        Assert.Equal(Expected("second.weight", [2, 4]), Value(model, "second.weight"));
    }

    [Fact]
    public void Load_MappedModel_SurvivesClosingAndReplacingTheFile()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        using var model = new TwoLinears();
        Load(model, new());

        File.Delete(_folder.File("model.safetensors"));

        Assert.Equal(Expected("first.weight", [4, 3]), Value(model, "first.weight"));
    }

    [Fact]
    public void Load_OtherDType_Converts()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        using var model = new TwoLinears();

        var report = Load(model, new() { DType = ScalarType.BFloat16 });

        Assert.Equal(0, report.MappedBytes);
        Assert.All(model.NamedWeights(), w => Assert.Equal(ScalarType.BFloat16, w.Value.Value.dtype));
    }

    [Fact]
    public void Load_KeysThatDoNotFit_NamesThemAndLoadsNothing()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [5]), ("third.weight", [2, 4])]);
        using var model = new TwoLinears();

        var error = Assert.Throws<CheckpointException>(() => Load(model, new()));

        Assert.Equal(["second.weight"], error.Report.Missing);
        Assert.Equal(["third.weight"], error.Report.Unexpected);
        Assert.Equal(["first.bias is [5], expected [4]"], error.Report.Misshapen);
        Assert.Contains("second.weight", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }

    [Fact]
    public void Load_IntegerWeights_SaysWhichVariantToTake()
    {
        using (var int8 = zeros(4, 3, ScalarType.Int8))
        using (var bias = zeros(4))
        using (var second = zeros(2, 4))
            TensorFile.Write(_folder.File("model.safetensors"), new Dictionary<string, Tensor> { ["first.weight"] = int8, ["first.bias"] = bias, ["second.weight"] = second });
        using var model = new TwoLinears();

        var error = Assert.Throws<FloydException>(() => Load(model, new()));

        Assert.Contains("stored as I8", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }

    [Fact]
    public void Load_MatrixStoredAsConvolution_IsReshaped()
    {
        Write([("first.weight", [4, 3, 1, 1]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        using var model = new TwoLinears();

        Load(model, new());

        Assert.Equal(Expected("first.weight", [4, 3]), Value(model, "first.weight"));
    }

    [Fact]
    public void Load_Cancelled_ClearsTheModel()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        using var model = new TwoLinears();
        using var cancellation = new CancellationTokenSource();
        using var weights = WeightSet.Open(_folder.Path);

        Assert.Throws<OperationCanceledException>(() =>
            CheckpointLoader.Load(model, weights, new(), new Observer(_ => cancellation.Cancel()), cancellation.Token));

        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }

    [Fact]
    public void Load_AgainAndAgain_LeavesNoTensorsAndNoMappings()
    {
        Write([("first.weight", [4, 3]), ("first.bias", [4]), ("second.weight", [2, 4])]);
        Tensor? view = null;
        TensorAssert.NoLeaks(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                using var model = new TwoLinears();
                Load(model, new());
                view?.Dispose();
                view = model.NamedWeights().First().Value.Value.narrow(0, 1, 2);
            }

            // A view keeps the mapping alive after its model is gone.
            Assert.Equal(Expected("first.weight", [4, 3])[3], view!.data<float>()[0]);
            view.Dispose();
        });

        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mappings are listed on Linux only.");
        Assert.DoesNotContain(_folder.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_BothVariants_TakesHalfOnlyWhenHalfIsWanted()
    {
        Write([("first.weight", [4, 3])]);
        Write([("first.weight", [4, 3])], "model.fp16.safetensors");

        Assert.Null(WeightVariant.Choose(_folder.Path, new()));
        Assert.Equal("fp16", WeightVariant.Choose(_folder.Path, new() { DType = ScalarType.Float16 }));
        Assert.Equal("other", WeightVariant.Choose(_folder.Path, new() { Variant = "other" }));

        File.Delete(_folder.File("model.safetensors"));
        Assert.Equal("fp16", WeightVariant.Choose(_folder.Path, new()));

        File.Move(_folder.File("model.fp16.safetensors"), _folder.File("model.8bit.safetensors"));
        Assert.Equal("8bit", WeightVariant.Choose(_folder.Path, new()));
    }

    [Fact]
    public void Choose_WithOneVariantAlone_TakesIt()
    {
        Write([("first.weight", [4, 3])], "model.8bit.safetensors");
        Assert.Equal("8bit", WeightVariant.Choose(_folder.Path, new()));
        Assert.Equal("fp16", WeightVariant.Choose(_folder.Path, new() { Variant = "fp16" }));

        Write([("first.weight", [4, 3])]);
        Assert.Null(WeightVariant.Choose(_folder.Path, new()));
    }

    [Fact]
    public void Choose_VariantThatOnlyAnotherComponentHas_TakesPlainFiles()
    {
        _folder.Write("model_index.json", "{}");
        foreach (var file in new[] { "text_encoder/model.safetensors", "unet/model.fp16.safetensors" })
        {
            _folder.Folder(Path.GetDirectoryName(file)!);
            Write([("first.weight", [4, 3])], file);
        }

        Assert.Null(WeightVariant.Choose(_folder.File("text_encoder"), new() { Variant = "fp16" }));
        Assert.Equal("fp16", WeightVariant.Choose(_folder.File("unet"), new() { Variant = "fp16" }));
        Assert.Equal("typo", WeightVariant.Choose(_folder.File("text_encoder"), new() { Variant = "typo" }));
    }

    public void Dispose() => _folder.Dispose();

    private CheckpointReport Load(Layer model, LoadOptions options)
    {
        using var weights = WeightSet.Open(_folder.Path);
        return CheckpointLoader.Load(model, weights, options);
    }

    private void Write(IEnumerable<(string Name, long[] Shape)> tensors, string file = "model.safetensors")
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(_folder.File(file), tensors.Select(t => KeyValuePair.Create(t.Name, tensor(Expected(t.Name, t.Shape)).view(t.Shape))).ToList());
    }

    private static float[] Expected(string name, long[] shape) =>
        [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => i + (name.Length / 100f))];

    private static float[] Value(Layer model, string name) =>
        [.. model.NamedWeights().Single(w => w.Key == name).Value.Value.data<float>()];

    private sealed class TwoLinears : Layer
    {
        public TwoLinears()
        {
            Add("first", new Linear(3, 4));
            Add("second", new Linear(4, 2, bias: false));
        }
    }

    private sealed class Observer(Action<LoadProgress> observe) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => observe(value);
    }
}

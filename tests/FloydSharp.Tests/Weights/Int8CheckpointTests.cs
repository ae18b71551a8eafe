using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Nn;
using FloydSharp.Quantization;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Weights;

public sealed class Int8CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Tensor> _tensors = new()
    {
        ["linear.weight"] = randint(-127, 128, new long[] { 4, 6 }, ScalarType.Int8, generator: new Generator(1)),
        ["linear.SCB"] = tensor(new[] { 1f, 0.5f, 0, 2 }),
        ["linear.weight_format"] = tensor((byte)0, ScalarType.Byte),
        ["linear.bias"] = ones(4),
        ["conv.weight"] = randint(-127, 128, new long[] { 2, 3, 3, 3 }, ScalarType.Int8, generator: new Generator(2)),
        ["conv.SCB"] = tensor(new[] { 1f, 3f }),
        ["table.weight"] = ones(5, 4),
    };

    [Fact]
    public void Load_Int8Weights_AreTheMappedFile()
    {
        using var model = new Mixed();

        var report = Load(model, new());

        Assert.True(report.Fits);
        Assert.Empty(report.Unexpected);
        Assert.Equal((4 * 6) + (2 * 27) + (4 * 4) + (4 * 20), report.MappedBytes);
        Assert.Equal((4 * 6) + (2 * 27) + (4 * (4 + 4 + 2 + 20)), report.FileBytes);
        var linear = Slot(model, "linear.weight");
        Assert.Equal(_tensors["linear.weight"].data<sbyte>().ToArray(), linear.Compact!.Values.data<sbyte>().ToArray());
        Assert.Equal(_tensors["linear.SCB"].data<float>().ToArray(), linear.Compact.Scales!.data<float>().ToArray());
        Assert.Equal(ScalarType.Float32, linear.DType);
        Assert.Equal(ScalarType.Float32, model.DType);
        Assert.Throws<InvalidOperationException>(() => linear.Value);
    }

    [Fact]
    public void Load_WithoutMapping_CopiesTheBytes()
    {
        using var model = new Mixed();
        var report = Load(model, new() { MapWeights = false, DType = ScalarType.BFloat16 });
        Assert.Equal(0, report.MappedBytes);
        Assert.Equal(ScalarType.BFloat16, Slot(model, "conv.weight").DType);
        Assert.Equal(_tensors["conv.weight"].data<sbyte>().ToArray(), Slot(model, "conv.weight").Compact!.Values.data<sbyte>().ToArray());
    }

    [Fact]
    public void Load_WeightAndScalesInDifferentShards_FindsBoth()
    {
        ShardedSafetensorsWriter.Write(_folder.Path, "model", _tensors.Select(t => TensorFile.Source(t.Key, t.Value)), 20, "8bit");
        using var weights = WeightSet.Open(_folder.Path, variant: "8bit");
        Assert.True(weights.Files.Count > 3);
        using var model = new Mixed();

        CheckpointLoader.Load(model, weights, new(), cancellation: TestContext.Current.CancellationToken);

        Assert.All(["linear.weight", "conv.weight"], name => Assert.NotNull(Slot(model, name).Compact));
    }

    [Theory]
    [InlineData(1, "col32")]
    [InlineData(2, "col_turing")]
    [InlineData(3, "col_ampere")]
    [InlineData(77, "77")]
    public void Load_OtherWeightFormat_NamesLayerAndFormat(int format, string name)
    {
        Replace("linear.weight_format", tensor((byte)format, ScalarType.Byte));
        Refused("layer linear", name);
    }

    [Fact]
    public void Load_FormatOfWrongType_IsRefused()
    {
        Replace("linear.weight_format", zeros(3, ScalarType.Byte));
        Refused("linear.weight_format");
    }

    [Fact]
    public void Load_ScalesMissing_IsRefused()
    {
        Replace("linear.SCB", null);
        Refused("linear.weight", "without its scales linear.SCB");
    }

    [Fact]
    public void Load_ScalesBesideFloats_IsRefused()
    {
        Replace("linear.weight", ones(4, 6));
        Refused("linear.SCB", "F32 where I8");
    }

    [Fact]
    public void Load_ScalesWithoutWeight_IsRefused()
    {
        Replace("linear.weight", null);
        Refused("linear.SCB without the weight");
    }

    [Fact]
    public void Load_ScalesOfWrongShapeOrType_AreRefused()
    {
        Replace("linear.SCB", ones(5));
        Refused("[5] F32, expected [4] F32");
        Replace("linear.SCB", ones(4, 1));
        Refused("[4, 1] F32");
        Replace("linear.SCB", ones(4, ScalarType.Float16));
        Refused("[4] F16");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    public void Load_ImpossibleScale_IsRefused(float scale)
    {
        Replace("conv.SCB", tensor(new[] { 1f, scale }));
        Refused("conv.SCB", "finite numbers from 0 on");
    }

    [Fact]
    public void Load_Int8Embedding_IsRefused()
    {
        Replace("table.weight", zeros(5, 4, ScalarType.Int8));
        Replace("table.SCB", ones(5));
        Refused("table.weight", "only linear layers and convolutions");
    }

    [Fact]
    public void Load_OtherIntegers_AreRefused()
    {
        Replace("linear.SCB", null);
        Replace("linear.weight_format", null);
        Replace("linear.weight", zeros(4, 6, ScalarType.Byte));
        Refused("stored as U8");
    }

    [Fact]
    public void Load_Int8WeightOfWrongShape_IsReported()
    {
        Replace("linear.weight", zeros(4, 7, ScalarType.Int8));
        Refused("linear.weight is [4, 7], expected [4, 6]");
    }

    [Fact]
    public void Load_AgainAndAgain_LeavesNoTensors() => TensorAssert.NoLeaks(() =>
    {
        for (var i = 0; i < 3; i++)
        {
            using var model = new Mixed();
            Load(model, new());
            using var quantized = new Mixed();
            LoadFloats(quantized, new() { Quantization = WeightQuantization.LinearsAndConvolutions });
        }
    });

    [Fact]
    public void Load_Quantization_TakesWhatItNames()
    {
        using var model = new Mixed();
        LoadFloats(model, new() { Quantization = WeightQuantization.Linears });
        Assert.NotNull(Slot(model, "linear.weight").Compact);
        Assert.Null(Slot(model, "conv.weight").Compact);

        LoadFloats(model, new() { Quantization = WeightQuantization.LinearsAndConvolutions });
        Assert.Equal(ScalarType.Int8, Slot(model, "conv.weight").Compact!.Values.dtype);
        Assert.Null(Slot(model, "table.weight").Compact);
        Assert.Null(Slot(model, "linear.bias").Compact);
    }

    [Fact]
    public void Load_NotANumberWhileQuantizing_NamesTheWeightAndClearsTheModel()
    {
        using var model = new Mixed();
        Replace("linear.weight", full([4, 6], double.NaN));
        var error = Assert.Throws<FloydException>(() => LoadFloats(model, new() { Quantization = WeightQuantization.Linears }));
        Assert.Contains("linear.weight", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }

    [Theory]
    [InlineData(true, ScalarType.Float16)]
    [InlineData(false, null)]
    [InlineData(null, null)]
    public void Load_HalfFile_KeepsItWhereAsked(bool? keep, ScalarType? expected)
    {
        using var model = new Mixed();
        LoadFloats(model, new() { KeepHalf = keep }, ScalarType.Float16);
        Assert.Equal(expected, Slot(model, "linear.weight").Compact?.Values.dtype);
        Assert.Equal(expected, Slot(model, "conv.weight").Compact?.Values.dtype);
        Assert.Equal(ScalarType.Float32, Slot(model, "linear.weight").DType);
        Assert.Equal(expected, Slot(model, "table.weight").Compact?.Values.dtype);
        Assert.Equal(ScalarType.Float32, Slot(model, "table.weight").DType);
    }

    [Fact]
    public void Load_HalfBesideInt8_IsKept()
    {
        Replace("conv.SCB", null);
        Replace("conv.weight", ones(2, 3, 3, 3, ScalarType.BFloat16));
        using var model = new Mixed();
        Load(model, new());
        Assert.Equal(ScalarType.BFloat16, Slot(model, "conv.weight").Compact!.Values.dtype);
    }

    public void Dispose()
    {
        _folder.Dispose();
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private static Weight Slot(Layer model, string name) => model.NamedWeights().Single(w => w.Key == name).Value;

    private void Replace(string name, Tensor? value)
    {
        _tensors.Remove(name, out var old);
        old?.Dispose();
        if (value is not null)
            _tensors[name] = value;
    }

    private void Refused(params string[] parts)
    {
        using var model = new Mixed();
        var error = Assert.ThrowsAny<FloydException>(() => Load(model, new()));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(model.NamedWeights(), w => w.Value.IsFilled);
    }

    private CheckpointReport Load(Mixed model, LoadOptions options)
    {
        TensorFile.Write(_folder.File("model.8bit.safetensors"), _tensors, overwrite: true);
        using var weights = WeightSet.Open(_folder.Path, variant: "8bit");
        return CheckpointLoader.Load(model, weights, options);
    }

    private void LoadFloats(Mixed model, LoadOptions options, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        var floats = _tensors.Where(t => !t.Key.Contains(".SCB", StringComparison.Ordinal) && !t.Key.EndsWith("_format", StringComparison.Ordinal))
            .Select(t => KeyValuePair.Create(t.Key, t.Value.to(dtype))).ToList();
        TensorFile.Write(_folder.File("model.safetensors"), floats, overwrite: true);
        using var weights = WeightSet.Open(_folder.Path);
        CheckpointLoader.Load(model, weights, options);
    }

    private sealed class Mixed : Layer
    {
        public Mixed()
        {
            Add("linear", new Linear(6, 4));
            Add("conv", new Conv2d(3, 2, 3, bias: false));
            Add("table", new Embedding(5, 4));
        }
    }
}

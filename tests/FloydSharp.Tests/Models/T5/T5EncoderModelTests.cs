using FloydSharp.Models.T5;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.T5;

public class T5EncoderModelTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("T5EncoderModel")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_ReferenceTokens_GivesReferenceOutput(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        TensorAssert.Close(tensors["last_hidden_state"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_WithoutMask_EqualsMaskOfOnes(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var ids = tensors["input_ids"];
        TensorAssert.Close(Run(model, ids, ones_like(ids)), Run(model, ids, null), Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_MorePadding_LeavesTheTokensAlone(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var (ids, mask) = (tensors["input_ids"].narrow(0, 0, 1), tensors["attention_mask"].narrow(0, 0, 1));
        var used = mask.sum().item<long>();
        Assert.True(used < ids.shape[1]);
        var padded = Run(model, ids, mask).narrow(1, 0, used);
        var bare = Run(model, ids.narrow(1, 0, used), null);
        TensorAssert.Close(bare, padded, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_Float16_KeepsTheLastProductInFloat32(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, ScalarType.Float16);
        Assert.All(model.NamedWeights(), w => Assert.Equal(
            w.Key.EndsWith(".wo.weight", StringComparison.Ordinal) ? ScalarType.Float32 : ScalarType.Float16, w.Value.Value.dtype));

        var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        var relative = RelativeError(tensors["last_hidden_state"], actual);
        output.WriteLine($"{golden}: relative error {relative:g3}");
        Assert.Equal(ScalarType.Float16, actual.dtype);
        Assert.InRange(relative, 0, 0.01);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_BFloat16_StaysNearFloat32(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, ScalarType.BFloat16);
        var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        var relative = RelativeError(tensors["last_hidden_state"], actual);
        output.WriteLine($"{golden}: relative error {relative:g3}");
        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.InRange(relative, 0, 0.05);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_Float16Overflow_IsClamped(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, ScalarType.Float16);
        var table = model.NamedWeights().Single(w => w.Key == "shared.weight").Value;
        var output0 = model.NamedWeights().Single(w => w.Key == "encoder.block.0.layer.0.SelfAttention.o.weight").Value;
        table.Fill(full([.. table.Shape], 65000, ScalarType.Float16));
        output0.Fill(output0.Value.sign() * 30000);
        var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        Assert.True(actual.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Load_EmbeddingUnderTheOtherName_GivesTheSameModel(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = GoldenModel.FillFromCopy(
            new T5EncoderModel(T5Config.Load(GoldenModel.FolderOf(golden))),
            GoldenModel.FolderOf(golden),
            (name, tensor) => (name == "shared.weight" ? "encoder.embed_tokens.weight" : name, tensor));
        using var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        TensorAssert.Close(tensors["last_hidden_state"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_LeavesOnlyItsResultAlive(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        TensorAssert.NoLeaks(() =>
        {
            using var model = Load(golden);
            using var actual = Run(model, tensors["input_ids"], tensors["attention_mask"]);
        });
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_WeightWithGradient_CarriesItBack(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var bias = model.NamedWeights().Single(w => w.Key.EndsWith("relative_attention_bias.weight", StringComparison.Ordinal)).Value;
        bias.Fill(bias.Value.clone().requires_grad_());
        model.forward(tensors["input_ids"], tensors["attention_mask"]).square().sum().backward();
        Assert.True(bias.Value.grad is { } grad && grad.abs().sum().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_UnsuitableTensors_AreRefused(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var ids = tensors["input_ids"];
        Assert.Throws<ArgumentException>(() => model.forward(ids[0]));
        Assert.Throws<ArgumentException>(() => model.forward(ids.to(ScalarType.Int32)));
        Assert.Throws<ArgumentException>(() => model.forward(ids, ones(1, 2)));
    }

    [Fact]
    public void NamedWeights_Xxl_HasThePublishedSizeAndNoTensors() => TensorAssert.NoLeaks(() =>
    {
        var model = new T5EncoderModel(T5Config.Xxl);
        var weights = model.NamedWeights().ToDictionary(w => w.Key, w => w.Value);
        Assert.Equal(219, weights.Count);
        Assert.Equal(4_762_310_656, weights.Values.Sum(w => w.ElementCount));
        Assert.Equal([32128, 4096], weights["shared.weight"].Shape);
        Assert.Equal([32, 64], weights["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"].Shape);
        Assert.Equal([4096, 10240], weights["encoder.block.23.layer.1.DenseReluDense.wo.weight"].Shape);
        Assert.DoesNotContain(weights.Values, w => w.IsFilled);
    });

    [Theory]
    [InlineData("encoder.embed_tokens.weight", "shared.weight")]
    [InlineData("shared.weight", "shared.weight")]
    [InlineData("decoder.block.0.layer.0.SelfAttention.q.weight", null)]
    [InlineData("lm_head.weight", null)]
    public void MapKey_KnownNames_FindTheirWeights(string key, string? expected)
    {
        using var model = new T5EncoderModel(new T5Config { NumLayers = 1 });
        Assert.Equal(expected, model.MapKey(key));
    }

    private static T5EncoderModel Load(GoldenCase golden, ScalarType dtype = ScalarType.Float32)
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(new T5EncoderModel(T5Config.Load(folder)), folder, TestDevice.Load with { DType = dtype });
    }

    private static Tensor Run(T5EncoderModel model, Tensor ids, Tensor? mask)
    {
        using var _ = no_grad();
        return model.forward(ids, mask);
    }

    private static float RelativeError(Tensor expected, Tensor actual) =>
        ((actual.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
}

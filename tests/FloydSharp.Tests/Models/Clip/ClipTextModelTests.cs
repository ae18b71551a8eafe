using FloydSharp.Models.Clip;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.Clip;

public class ClipTextModelTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("CLIPTextModel")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_ReferenceTokens_GivesReferenceOutput(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var actual = Run(model, tensors["input_ids"]);
        TensorAssert.Close(tensors["last_hidden_state"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Load_KeysOfPublishedCheckpoints_GiveTheSameModel(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        var folder = GoldenModel.FolderOf(golden);
        using var model = GoldenModel.FillFromCopy(
            new ClipTextModel(ClipTextConfig.Load(folder)), folder, (name, tensor) => ("text_model." + name.Replace("text_model.", ""), tensor));
        using var actual = Run(model, tensors["input_ids"]);
        TensorAssert.Close(tensors["last_hidden_state"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_LaterTokens_DoNotReachEarlierOnes(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var ids = tensors["input_ids"];
        var whole = Run(model, ids).narrow(1, 0, 5);
        TensorAssert.Close(Run(model, ids.narrow(1, 0, 5)), whole, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_BFloat16_StaysNearFloat32(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, ScalarType.BFloat16);
        var actual = Run(model, tensors["input_ids"]);
        var expected = tensors["last_hidden_state"];
        var relative = ((actual.to(ScalarType.Float32) - expected).norm() / expected.norm()).item<float>();
        output.WriteLine($"{golden}: relative error {relative:g3}");
        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.InRange(relative, 0, 0.05);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_LeavesOnlyItsResultAlive(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        TensorAssert.NoLeaks(() =>
        {
            using var model = Load(golden);
            using var actual = Run(model, tensors["input_ids"]);
        });
    }

    [Fact]
    public void Forward_TooManyTokens_AreRefused()
    {
        using var ids = zeros(1, 78, ScalarType.Int64);
        using var model = new ClipTextModel(new ClipTextConfig());
        Assert.Contains("77", Assert.Throws<ArgumentException>(() => model.forward(ids)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamedWeights_X4Upscaler_HasThePublishedSizeAndNoTensors() => TensorAssert.NoLeaks(() =>
    {
        var weights = new ClipTextModel(ClipTextConfig.X4Upscaler).NamedWeights().ToDictionary(w => w.Key, w => w.Value);
        Assert.Equal(372, weights.Count);
        Assert.Equal(340_387_840, weights.Values.Sum(w => w.ElementCount));
        Assert.Equal([49408, 1024], weights["text_model.embeddings.token_embedding.weight"].Shape);
        Assert.Equal([4096, 1024], weights["text_model.encoder.layers.22.mlp.fc1.weight"].Shape);
        Assert.Equal([1024], weights["text_model.final_layer_norm.bias"].Shape);
    });

    [Theory]
    [InlineData("text_model.embeddings.position_ids", null)]
    [InlineData("embeddings.position_ids", null)]
    [InlineData("text_projection.weight", null)]
    [InlineData("encoder.layers.0.mlp.fc1.weight", "text_model.encoder.layers.0.mlp.fc1.weight")]
    public void MapKey_KnownNames_FindTheirWeights(string key, string? expected)
    {
        using var model = new ClipTextModel(new ClipTextConfig { NumHiddenLayers = 1 });
        Assert.Equal(expected, model.MapKey(key));
    }

    private static ClipTextModel Load(GoldenCase golden, ScalarType dtype = ScalarType.Float32)
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(new ClipTextModel(ClipTextConfig.Load(folder)), folder, TestDevice.Load with { DType = dtype });
    }

    private static Tensor Run(ClipTextModel model, Tensor ids)
    {
        using var _ = no_grad();
        return model.forward(ids);
    }
}

using FloydSharp.Models.Clip;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.Clip;

public class IFSafetyCheckerTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("IFSafetyChecker")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_ReferencePixels_GivesReferenceScores(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var scores = Run(model, Pixels(tensors));
        TensorAssert.Close(tensors["image_embeds"], scores.ImageEmbeds, Tolerance, output, $"{golden}, embeddings");
        TensorAssert.Close(tensors["nsfw_logits"], scores.NsfwLogits, Tolerance, output, $"{golden}, nsfw");
        TensorAssert.Close(tensors["watermark_logits"], scores.WatermarkLogits, Tolerance, output, $"{golden}, watermark");
        Assert.Equal(golden.Json.GetProperty("nsfw").EnumerateArray().Select(v => v.GetBoolean()), scores.Nsfw());
        Assert.Equal(golden.Json.GetProperty("watermark").EnumerateArray().Select(v => v.GetBoolean()), scores.Watermark());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Forward_LeavesOnlyItsScoresAlive(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var pixels = Pixels(tensors);
        TensorAssert.NoLeaks(() =>
        {
            using var model = Load(golden);
            using var scores = Run(model, pixels);
            Assert.Equal(pixels.shape[0], scores.Nsfw(0.25).Length);
        });
    }

    [Fact]
    public void Nsfw_RawScoreAtTheThreshold_IsNoHit()
    {
        using var scores = new SafetyScores(zeros(3, 2), tensor(new[] { 0.5f, 0.50001f, 0.49f }).view(3, 1), tensor(new[] { 3f, -3f, 0.5f }).view(3, 1));
        Assert.Equal([false, true, false], scores.Nsfw());
        Assert.Equal([true, false, false], scores.Watermark());
        Assert.Equal([true, false, true], scores.Watermark(0.25));
    }

    [Fact]
    public void Forward_OtherSize_IsRefused()
    {
        using var pixels = zeros(1, 3, 64, 64);
        using var model = new IFSafetyChecker(new ClipVisionConfig { NumHiddenLayers = 1 });
        Assert.Contains("224", Assert.Throws<ArgumentException>(() => model.forward(pixels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamedWeights_RealConfiguration_HasThePublishedSizeAndNoTensors() => TensorAssert.NoLeaks(() =>
    {
        var weights = new IFSafetyChecker(ClipVisionConfig.SafetyChecker).NamedWeights().ToDictionary(w => w.Key, w => w.Value);
        Assert.Equal(396, weights.Count);
        Assert.Equal(303_966_208 + (2 * 769), weights.Values.Sum(w => w.ElementCount));
        Assert.Equal([1024, 3, 14, 14], weights["vision_model.vision_model.embeddings.patch_embedding.weight"].Shape);
        Assert.Equal([257, 1024], weights["vision_model.vision_model.embeddings.position_embedding.weight"].Shape);
        Assert.Equal([1024], weights["vision_model.vision_model.pre_layrnorm.weight"].Shape);
        Assert.Equal([768, 1024], weights["vision_model.visual_projection.weight"].Shape);
        Assert.Equal([1, 768], weights["p_head.weight"].Shape);
    });

    [Fact]
    public void MapKey_StoredPositions_AreNotNeeded()
    {
        using var model = new IFSafetyChecker(new ClipVisionConfig { NumHiddenLayers = 1 });
        Assert.Null(model.MapKey("vision_model.vision_model.embeddings.position_ids"));
        Assert.Equal("w_head.bias", model.MapKey("w_head.bias"));
    }

    private static IFSafetyChecker Load(GoldenCase golden)
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(new IFSafetyChecker(ClipVisionConfig.Load(folder)), folder);
    }

    private static Tensor Pixels(GoldenTensors tensors) =>
        cat([.. tensors.Names.Where(n => n.StartsWith("pixel_values", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => tensors[n])], dim: 0);

    private static SafetyScores Run(IFSafetyChecker model, Tensor pixels)
    {
        using var _ = no_grad();
        return model.forward(pixels);
    }
}

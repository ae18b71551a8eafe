using FloydSharp.IO;
using FloydSharp.Models.Vae;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Models.Vae;

public class AutoencoderKLTests(ITestOutputHelper output)
{
    private static readonly double Tolerance = TestDevice.Forward;

    public static TheoryData<GoldenCase> Cases => [.. GoldenCase.OfKind("AutoencoderKL")];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_ReferenceLatents_GivesReferencePicture(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var actual = Decode(model, tensors["latents"]);
        TensorAssert.Close(tensors["decoded"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Encode_ReferencePicture_GivesReferenceDistribution(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var latents = model.Encode(tensors["image"]);
        TensorAssert.Close(tensors["mean"], latents.Mean, Tolerance, output, $"{golden}, mean");
        TensorAssert.Close(tensors["logvar"], latents.LogVar, Tolerance, output, $"{golden}, log variance");

        var noise = full_like(latents.Mean, 0.5);
        var expected = tensors["mean"] + (tensors["logvar"] * 0.5).exp() * noise;
        TensorAssert.Close(expected, latents.Sample(noise), Tolerance, output, $"{golden}, sample");
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Load_KeysAndShapesOfOlderCheckpoints_GiveTheSameModel(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        var folder = GoldenModel.FolderOf(golden);
        using var model = GoldenModel.FillFromCopy(new AutoencoderKL(AutoencoderKLConfig.Load(folder)), folder, (name, tensor) => (
            name.Replace("to_q", "query").Replace("to_k", "key").Replace("to_v", "value").Replace("to_out.0", "proj_attn"),
            name.Contains(".to_", StringComparison.Ordinal) && tensor.dim() == 2 ? tensor.unsqueeze(-1).unsqueeze(-1) : tensor));
        using var actual = Decode(model, tensors["latents"]);
        TensorAssert.Close(tensors["decoded"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_BatchInSlices_EqualsBatchAtOnce(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden, ScalarType.Float64);
        var latents = cat([tensors["latents"], -tensors["latents"]], dim: 0).to(ScalarType.Float64);
        TensorAssert.Close(Decode(model, latents), Decode(model, latents, new() { Slicing = true }), 1e-10, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_TilesLargerThanThePicture_ChangeNothing(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        using var actual = Decode(model, tensors["latents"], new() { Tiling = true });
        TensorAssert.Close(tensors["decoded"], actual, Tolerance, output, golden.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_TightMemoryLimit_UsesTilesOfTheSameSize(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var latents = tensors["latents"];
        var limited = Decode(model, latents, new() { MemoryLimitBytes = 1 });
        var tiled = Decode(model, latents, new() { Tiling = true, TileSampleSize = 8 * model.Config.SpatialFactor });
        Assert.Equal(tensors["decoded"].shape, limited.shape);
        TensorAssert.Close(tiled, limited, 0, output, golden.ToString());
        Assert.True(TensorAssert.MaxAbsoluteError(tensors["decoded"], limited) > 1e-3);
        TensorAssert.Close(tensors["decoded"], Decode(model, latents, new() { MemoryLimitBytes = 1L << 34 }), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void DecodeAndEncode_LeaveOnlyTheirResultsAlive(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        TensorAssert.NoLeaks(() =>
        {
            using var model = Load(golden);
            Decode(model, tensors["latents"]).Dispose();
            Decode(model, tensors["latents"], new() { Tiling = true, TileSampleSize = 32, Slicing = true }).Dispose();
            using var latents = model.Encode(tensors["image"]);
        });
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_Cancelled_StopsWithoutLeaks(GoldenCase golden)
    {
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        TensorAssert.NoLeaks(() => Assert.ThrowsAny<OperationCanceledException>(
            () => model.Decode(tensors["latents"], new() { Tiling = true, TileSampleSize = 32 }, new CancellationToken(canceled: true))));
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Decode_LatentsWithGradient_CarriesItBack(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Load(golden);
        var latents = tensors["latents"].clone().requires_grad_();
        model.Decode(latents, cancellation: TestContext.Current.CancellationToken).square().sum().backward();
        Assert.True(latents.grad is { } grad && grad.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Decode_UnsuitableArguments_AreRefused()
    {
        using var scope = NewDisposeScope();
        using var model = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler);
        Assert.Throws<ArgumentException>(() => Decode(model, zeros(1, 3, 8, 8)));
        Assert.Throws<ArgumentException>(() => model.Encode(zeros(1, 3, 2, 8)));
        Assert.Throws<FloydException>(() => Decode(model, zeros(1, 4, 8, 8), new() { TileOverlap = 0.9 }));
        Assert.Throws<FloydException>(() => Decode(model, zeros(1, 4, 8, 8), new() { TileSampleSize = 0 }));
        Assert.Throws<FloydException>(() => Decode(model, zeros(1, 4, 8, 8), new() { MemoryLimitBytes = 0 }));
    }

    [Fact]
    public void NamedWeights_X4Upscaler_EqualTheSnapshot() => TensorAssert.NoLeaks(() =>
    {
        var actual = new AutoencoderKL(AutoencoderKLConfig.X4Upscaler).NamedWeights()
            .Select(w => $"{w.Key} [{string.Join(", ", w.Value.Shape)}]").Order(StringComparer.Ordinal);
        var expected = File.ReadLines(Path.Combine(
            GoldenFolder.RepositoryRoot, "tests", "FloydSharp.Tests", "Models", "keys", "vae-x4-upscaler.txt")).Order(StringComparer.Ordinal);
        Assert.Equal(expected, actual);
    });

    private static AutoencoderKL Load(GoldenCase golden, ScalarType dtype = ScalarType.Float32)
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(new AutoencoderKL(AutoencoderKLConfig.Load(folder)), folder, TestDevice.Load with { DType = dtype });
    }

    private static Tensor Decode(AutoencoderKL model, Tensor latents, VaeDecodeOptions? options = null)
    {
        using var _ = no_grad();
        return model.Decode(latents, options, TestContext.Current.CancellationToken);
    }
}

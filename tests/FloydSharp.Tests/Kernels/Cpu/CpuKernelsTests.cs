using FloydSharp.Kernels.Cpu;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cpu;

public class CpuKernelsTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-5;

    public static TheoryData<GoldenCase> UNets => [.. GoldenCase.OfKind("UNet2DConditionModel")];

    public static TheoryData<GoldenCase> Vaes => [.. GoldenCase.OfKind("AutoencoderKL")];

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void UNetForward_EachPath_GivesReferenceOutput(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var tensors = GoldenTensors.Load(golden);
        using var model = UNet(golden);
        foreach (var path in KernelLayers.Paths)
        {
            CpuKernels.Attach(model, KernelLayers.Options(path));
            using var actual = Forward(model, tensors);
            Report($"{golden} {path}", KernelLayers.RelativeError(tensors["out"], actual));
        }
    }

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void UNetForward_LargePicture_StaysNearPlain(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var tensors = GoldenTensors.Load(golden);
        using var model = UNet(golden);
        var sample = randn(2, model.Config.InChannels, 52, 44);
        var text = tensors["encoder_hidden_states"].narrow(0, 0, 1).repeat(2, 1, 1);
        var labels = tensors.Contains("class_labels") ? tensors["class_labels"].flatten().narrow(0, 0, 1) : null;
        var plain = model.forward(sample, tensor(300L), text, labels);
        foreach (var path in KernelLayers.Paths)
        {
            CpuKernels.Attach(model, KernelLayers.Options(path));
            Report($"{golden} {path}", KernelLayers.RelativeError(plain, model.forward(sample, tensor(300L), text, labels)));
        }
    }

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void UNetForward_TextReadOnce_IsTheSameAndLeaksNothing(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var tensors = GoldenTensors.Load(golden);
        using var model = UNet(golden);
        var labels = tensors.Contains("class_labels") ? tensors["class_labels"] : null;
        using var expected = Forward(model, tensors);
        TensorAssert.NoLeaks(() =>
        {
            using var text = model.Read(tensors["encoder_hidden_states"]);
            for (var i = 0; i < 2; i++)
            {
                using var actual = model.forward(tensors["sample"], tensors["timestep"], text, labels);
                Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, actual));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Vaes), DisableDiscoveryEnumeration = true)]
    public void VaeDecode_EachPath_StaysNearPlain(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var folder = GoldenModel.FolderOf(golden);
        using var model = GoldenModel.Fill(new AutoencoderKL(AutoencoderKLConfig.Load(folder)), folder);
        var latents = randn(1, model.Config.LatentChannels, 21, 18);
        var plain = model.Decode(latents);
        foreach (var path in KernelLayers.Paths)
        {
            CpuKernels.Attach(model, KernelLayers.Options(path));
            Report($"{golden} {path}", KernelLayers.RelativeError(plain, model.Decode(latents)));
        }
    }

    [Fact]
    public void UNetForward_TwoModelsAtOnce_EachGivesItsOwnResult()
    {
        var golden = GoldenCase.OfKind("UNet2DConditionModel").First();
        using var tensors = GoldenTensors.Load(golden);
        using var shared = UNet(golden);
        CpuKernels.Attach(shared);
        using var expected = Forward(shared, tensors);
        Parallel.For(0, 4, _ =>
        {
            using var noGrad = no_grad();
            using var own = UNet(golden);
            CpuKernels.Attach(own);
            foreach (var model in new[] { own, shared })
            {
                using var actual = Forward(model, tensors);
                Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, actual));
            }
        });
    }

    [Fact]
    public void Attach_OtherDType_RunsThePlainWay()
    {
        using var scope = NewDisposeScope();
        using var layer = KernelLayers.Filled(new Linear(32, 32), 1);
        layer.OwnWeights[0].Value.Fill(layer.OwnWeights[0].Value.Value.to(ScalarType.BFloat16));
        layer.OwnWeights[1].Value.Fill(layer.OwnWeights[1].Value.Value.to(ScalarType.BFloat16));
        var x = randn(20, 32).to(ScalarType.BFloat16);
        var expected = layer.forward(x);
        CpuKernels.Attach(layer);

        Assert.Equal(0, TensorAssert.MaxAbsoluteError(expected, layer.forward(x)));
    }

    [Fact]
    public void Default_PlainInTheEnvironment_IsPlain()
    {
        var before = Environment.GetEnvironmentVariable(CpuPaths.PlainVariable);
        Assert.SkipUnless(string.IsNullOrEmpty(before), "The environment says already.");
        Assert.Equal(CpuPaths.Fastest, CpuPaths.Default);
    }

    private static UNet2DConditionModel UNet(GoldenCase golden)
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(new UNet2DConditionModel(UNet2DConditionConfig.Load(folder)), folder);
    }

    private static Tensor Forward(UNet2DConditionModel model, GoldenTensors tensors)
    {
        using var noGrad = no_grad();
        return model.forward(
            tensors["sample"], tensors["timestep"], tensors["encoder_hidden_states"], tensors.Contains("class_labels") ? tensors["class_labels"] : null);
    }

    private void Report(string label, double error)
    {
        output.WriteLine($"{label}: relative error {error:g3}, allowed {Tolerance:g3}");
        Assert.InRange(error, 0, Tolerance);
    }
}

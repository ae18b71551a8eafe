using FloydSharp.Kernels.Cuda;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Native;
using FloydSharp.Nn;
using FloydSharp.Testing;
using FloydSharp.Tests.Kernels.Cpu;
using FloydSharp.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Kernels.Cuda;

public class CudaModelTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-2;

    public static TheoryData<GoldenCase> UNets => [.. GoldenCase.OfKind("UNet2DConditionModel")];

    public static TheoryData<GoldenCase> Vaes => [.. GoldenCase.OfKind("AutoencoderKL")];

    public static TheoryData<GoldenCase> Encoders => [.. GoldenCase.OfKind("T5EncoderModel")];

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void UNetForward_OnTheGpu_StaysNearPlain(GoldenCase golden)
    {
        CudaLayers.Require();
        using var tensors = GoldenTensors.Load(golden);
        using var model = Fill(golden, folder => new UNet2DConditionModel(UNet2DConditionConfig.Load(folder)));
        foreach (var (batch, height, width) in new[] { (2, 32, 32), (2, 52, 44), (1, 64, 64) })
        {
            Compare($"{golden} {batch} x {height} x {width}", model, () =>
            {
                using var scope = NewDisposeScope();
                using var generator = new Generator(5, CPU);
                Tensor To(Tensor x) => x.to(model.DType).to(TestDevice.Device);
                var sample = To(randn([batch, model.Config.InChannels, height, width], generator: generator));
                var text = To(tensors["encoder_hidden_states"].narrow(0, 0, 1).repeat(batch, 1, 1));
                var labels = tensors.Contains("class_labels") ? tensors["class_labels"].flatten().narrow(0, 0, 1).to(TestDevice.Device) : null;
                var time = tensor(300L, device: TestDevice.Device);
                using var read = model.Read(text);
                model.forward(sample, time, read, labels);
                return model.forward(sample, time, read, labels).MoveToOuterDisposeScope();
            });
        }
    }

    [Theory]
    [MemberData(nameof(Vaes), DisableDiscoveryEnumeration = true)]
    public void Vae_OnTheGpu_StaysNearPlain(GoldenCase golden)
    {
        CudaLayers.Require();
        using var model = Fill(golden, folder => new AutoencoderKL(AutoencoderKLConfig.Load(folder)));
        Compare($"{golden} decode", model, () =>
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(5, CPU);
            return model.Decode(randn([1, model.Config.LatentChannels, 22, 18], generator: generator).to(model.DType).to(TestDevice.Device)).MoveToOuterDisposeScope();
        });
        Compare($"{golden} encode", model, () =>
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(6, CPU);
            using var latents = model.Encode(randn([1, model.Config.InChannels, 36, 44], generator: generator).to(model.DType).to(TestDevice.Device));
            return latents.Mean.alias().MoveToOuterDisposeScope();
        });
    }

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void T5Forward_OnTheGpu_StaysNearPlain(GoldenCase golden)
    {
        CudaLayers.Require();
        using var model = Fill(golden, folder => new T5EncoderModel(T5Config.Load(folder)));
        Compare($"{golden}", model, () =>
        {
            using var scope = NewDisposeScope();
            var ids = arange(0, 2 * 21, dtype: ScalarType.Int64, device: TestDevice.Device).view(2, 21).remainder(model.Config.VocabSize);
            var mask = ones(2, 21, dtype: ScalarType.Int64, device: TestDevice.Device);
            mask[1, TensorIndex.Slice(15)] = 0;
            return model.forward(ids, mask).MoveToOuterDisposeScope();
        });
    }

    [Theory]
    [MemberData(nameof(UNets), DisableDiscoveryEnumeration = true)]
    public void Joins_AnyDevice_ChangeNothing(GoldenCase golden)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var folder = GoldenModel.FolderOf(golden);
        using var tensors = GoldenTensors.Load(golden);
        using var model = GoldenModel.Fill(new UNet2DConditionModel(UNet2DConditionConfig.Load(folder)), folder);
        var labels = tensors.Contains("class_labels") ? tensors["class_labels"] : null;
        Tensor Forward() => model.forward(tensors["sample"], tensors["timestep"], tensors["encoder_hidden_states"], labels);
        var expected = Forward();
        var joins = JoinsOf(model).ToList();

        Assert.All(joins, join => Assert.Equal(join.Parts.Count > 1, join.TryJoin()));
        var error = KernelLayers.RelativeError(expected, Forward());
        output.WriteLine($"{golden}: {joins.Count} joins, relative error {error:g3}");
        Assert.InRange(error, 0, 1e-5);
        Assert.All(model.NamedWeights(), w => Assert.Equal([.. w.Value.Shape], w.Value.Value.shape));
    }

    private static IEnumerable<JoinedLinear> JoinsOf(Layer layer) =>
        ((layer as IJoinsLinears)?.Joins ?? []).Concat(layer.Children.SelectMany(c => JoinsOf(c.Value)));

    private static T Fill<T>(GoldenCase golden, Func<string, T> create)
        where T : Layer
    {
        var folder = GoldenModel.FolderOf(golden);
        return GoldenModel.Fill(create(folder), folder, TestDevice.Load with { DType = ScalarType.Float16 });
    }

    private void Compare<T>(string label, T model, Func<Tensor> run)
        where T : Layer
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        CudaKernels.Detach(model);
        var plain = run();
        Assert.Equal(CudaPath.Fused, CudaKernels.Attach(model));
        var fused = run();
        var error = KernelLayers.RelativeError(plain, fused);
        output.WriteLine($"{label}: relative error {error:g3}, allowed {Tolerance:g3}");
        Assert.InRange(error, 0, Tolerance);
    }
}

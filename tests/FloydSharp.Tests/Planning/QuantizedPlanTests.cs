using FloydSharp.IO;
using FloydSharp.IO.Safetensors;
using FloydSharp.Models.Clip;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Planning;
using FloydSharp.Quantization;
using FloydSharp.Testing;
using FloydSharp.Weights;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Planning;

/// <summary>Plans for weights that become int8 while they are loaded, held to what loading really makes of them.</summary>
public sealed class QuantizedPlanTests(ITestOutputHelper output)
{
    private const long GiB = 1 << 30;

    public static TheoryData<GoldenFolder, string, WeightQuantization> Cases =>
    [
        .. from folder in GoldenFolder.All
           from component in new[] { "if-I/text_encoder", "if-I/unet", "if-II/unet", "if-I/safety_checker", "x4/text_encoder", "x4/unet", "x4/vae" }
           where Directory.Exists(folder.Checkpoint(component))
           from quantization in Enum.GetValues<WeightQuantization>()
           select (folder, component, quantization),
    ];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Choose_OnTheCpu_CountsWhatLoadingKeeps(GoldenFolder folder, string component, WeightQuantization quantization)
    {
        var planned = Planned(folder.Checkpoint(component), quantization);
        var plan = MemoryPlan.Choose([planned], new(8 * GiB));

        using var model = Create(folder.Checkpoint(component));
        var load = new LoadOptions { Quantization = quantization };
        using var files = WeightSet.Open(planned.Folder, variant: WeightVariant.Choose(planned.Folder, load));
        var mapped = CheckpointLoader.Load(model, files, load, cancellation: TestContext.Current.CancellationToken).MappedBytes;
        var kept = Kept(model);
        output.WriteLine($"{component} {quantization}: {kept} bytes, {mapped} of them mapped");

        Assert.Equal((kept - mapped, mapped), (plan.Components[0].ResidentBytes, plan.Components[0].MappedBytes));
        Assert.Equal(quantization != WeightQuantization.None && model.NamedWeights().Any(w => w.Value.Compact is { Scales: not null }), plan.Components[0].IsQuantized);
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Choose_ForAGpu_CountsWhatLoadingKeeps(GoldenFolder folder, string component, WeightQuantization quantization)
    {
        var planned = Planned(folder.Checkpoint(component), quantization);
        var plan = MemoryPlan.Choose([planned], new(8 * GiB, 8 * GiB));

        // The processor takes the GPU's part: the same forms, nothing mapped.
        using var model = Create(folder.Checkpoint(component));
        var load = new LoadOptions { Quantization = quantization, DType = ScalarType.Float16, MapWeights = false };
        using var files = WeightSet.Open(planned.Folder, variant: WeightVariant.Choose(planned.Folder, load));
        CheckpointLoader.Load(model, files, load, cancellation: TestContext.Current.CancellationToken);

        Assert.True(plan.Components[0].OnGpu);
        Assert.Equal(Kept(model), plan.Components[0].ResidentBytes);
        var largest = model.NamedWeights().Select(w => w.Value.Compact).OfType<CompactTensor>().Where(c => c.Scales is not null)
            .Select(c => c.Values.NumberOfElements * (c.DType == ScalarType.Float32 ? 4 : 2)).DefaultIfEmpty().Max();
        // Kernels keep sums of the filters that convolve repeated pixels, unless these are compact.
        var doubled = model.SelfAndBelow().OfType<Conv2d>().Where(c => c is { Doubles: true }).Select(c => c.Terms().Weight).Where(w => !w.IsKeptCompact)
            .Sum(w => w.ElementCount * (w.DType == ScalarType.Float32 ? 4 : 2)) * 16 / 9;
        Assert.Equal(largest + doubled, plan.Components[0].ScratchBytes);
    }

    [Fact]
    public void Choose_RealSize_NeedsAboutHalfOfFloat16OnAGpu()
    {
        using var folder = new TemporaryFolder();
        using var model = new UNet2DConditionModel(RealConfigs.StageIExtraLarge);
        FakeWeights.Write(folder, model, ScalarType.Float16);
        long[] resident = [.. Enum.GetValues<WeightQuantization>().Select(q => MemoryPlan.Choose([UNet(folder, model, q)], new(8 * GiB, 40 * GiB)).Components[0].ResidentBytes)];

        output.WriteLine(string.Join(", ", resident.Select(r => $"{r >> 20} MiB")));
        Assert.True(resident[0] > resident[1] && resident[1] > resident[2]);
        Assert.InRange(resident[2], resident[0] * 0.5, resident[0] * 0.52);
    }

    [Fact]
    public void Choose_DoesNotFitWhole_SaysThatOnlyFilesOfInt8AreStreamed()
    {
        using var folder = new TemporaryFolder();
        using var model = new UNet2DConditionModel(RealConfigs.StageIExtraLarge);
        FakeWeights.Write(folder, model, ScalarType.Float16);

        var error = Assert.Throws<FloydException>(() => MemoryPlan.Choose([UNet(folder, model, WeightQuantization.LinearsAndConvolutions)], new(8 * GiB, 3 * GiB)));

        Assert.Contains("floyd quantize", error.Message, StringComparison.Ordinal);
        Assert.Equal(PlacementKind.Streamed, MemoryPlan.Choose([UNet(folder, model, WeightQuantization.None)], new(8 * GiB, 3 * GiB)).Components[0].Placement);
    }

    [Fact]
    public void Choose_QuantizedFilters_ComputesThemByLibtorchsOperators()
    {
        using var folder = new TemporaryFolder();
        using var model = new UNet2DConditionModel(RealConfigs.ByName["IF-II-M"]);
        FakeWeights.Write(folder, model, ScalarType.Float16);
        var work = new ModelWork.UNet(model.Config, 2, 256, 256);
        var (linears, all) = (Of(WeightQuantization.Linears), Of(WeightQuantization.LinearsAndConvolutions));

        Assert.Equal(work.ActivationBytes(ScalarType.Float32, cuda: false), linears);
        Assert.Equal(work.ActivationBytes(ScalarType.Float32, cuda: false, plain: true), all);
        Assert.NotEqual(linears, all);

        long Of(WeightQuantization quantization) =>
            MemoryPlan.Choose([UNet(folder, model, quantization) with { Work = [work] }], new(20 * GiB)).Find(1, "denoise", "unet")!.Ram.Activations;
    }

    private static ModelWork.UNet Work => new(RealConfigs.StageIMedium, 2, 64, 64);

    private static PlannedComponent UNet(TemporaryFolder folder, UNet2DConditionModel model, WeightQuantization quantization) => new()
    {
        Stage = 1, Name = "unet", Phase = "denoise", Folder = folder.Path, Passes = 20,
        Work = [Work],
        Variants = [ComponentWeights.Read(model, folder.Path, null, quantization)],
    };

    private static PlannedComponent Planned(string folder, WeightQuantization quantization)
    {
        using var model = Create(folder);
        return new()
        {
            Stage = 1, Name = "model", Phase = "denoise", Folder = folder,
            Work = [Work],
            Variants = [ComponentWeights.Read(model, folder, WeightVariant.Choose(folder, new()), quantization)],
        };
    }

    private static Layer Create(string folder) => (Path.GetFileName(folder), Path.GetFileName(Path.GetDirectoryName(folder))) switch
    {
        ("unet", _) => new UNet2DConditionModel(UNet2DConditionConfig.Load(folder)),
        ("vae", _) => new AutoencoderKL(AutoencoderKLConfig.Load(folder)),
        ("safety_checker", _) => new IFSafetyChecker(ClipVisionConfig.Load(folder)),
        (_, "x4") => new ClipTextModel(ClipTextConfig.Load(folder)),
        _ => new T5EncoderModel(T5Config.Load(folder)),
    };

    private static long Kept(Layer model) => model.NamedWeights().Sum(w => w.Value.Compact?.ByteCount ?? (w.Value.Value.NumberOfElements * w.Value.Value.ElementSize));
}

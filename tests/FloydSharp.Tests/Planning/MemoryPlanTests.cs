using FloydSharp.IO;
using FloydSharp.Models.T5;
using FloydSharp.Models.UNet;
using FloydSharp.Models.Vae;
using FloydSharp.Nn;
using FloydSharp.Planning;
using FloydSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Planning;

/// <summary>Plans for the real sizes, from headers alone; no device, no weights.</summary>
public sealed class MemoryPlanTests(ITestOutputHelper output) : IDisposable
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    private readonly List<TemporaryFolder> _folders = [];

    [Fact]
    public void Choose_WithRoomForAll_KeepsEverythingWholeOnTheGpu()
    {
        var plan = MemoryPlan.Choose(Walkthrough(), new(64 * GiB, 40 * GiB));

        Assert.All(plan.Components, c => Assert.Equal((PlacementKind.Resident, true, 0L), (c.Placement, c.OnGpu, c.StreamedBytes)));
        Assert.Equal("fp16", plan.Components[0].Variant);
        // T5-XXL with wo in float32: 2 bytes of 3756 million values and 4 of 1007 million.
        Assert.Equal(11_275_210_752, plan.Components[0].ResidentBytes, 40_000_000d);
        Assert.Null(plan.Components[^1].TileSampleSize);
    }

    [Fact]
    public void Choose_TheWalkthroughsMachine_FitsWithTheUNetsResident()
    {
        var plan = MemoryPlan.Choose(Walkthrough(), new(13_000_000_000, 15 * GiB));

        Assert.True(plan.RamPeak <= 13_000_000_000);
        Assert.True(plan.VramPeak <= 15 * GiB);
        Assert.All(plan.Components, c => Assert.Equal(PlacementKind.Resident, c.Placement));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(6)]
    [InlineData(4)]
    public void Choose_SmallGpus_FitAndStreamNoMoreThanNeeded(int gibibytes)
    {
        var plan = MemoryPlan.Choose(Walkthrough(), new(4 * GiB, gibibytes * GiB));

        Assert.True(plan.RamPeak <= 4 * GiB);
        Assert.True(plan.VramPeak <= gibibytes * GiB);
        foreach (var component in plan.Components.Where(c => c is { OnGpu: true, Placement: PlacementKind.Streamed }))
        {
            Assert.True(component.StreamedUnits > 0);
            Assert.True(component.SlotBytes < component.StreamedBytes);
            // What is left over is less than one of the slots, and a layer.
            var peak = plan.Phases.Where(p => p.Stage == component.Stage && p.Component == component.Component).Max(p => p.Vram.Total);
            Assert.InRange((gibibytes * GiB) - peak, 0, 2 * component.SlotBytes);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    [InlineData(2)]
    public void Choose_StreamedWithRamToSpare_KeepsAsMuchThereAsFits(double gibibytes)
    {
        var ram = (long)(gibibytes * GiB);
        var component = Walkthrough()[1];
        var plan = MemoryPlan.Choose([component with { Passes = 40 }], new(ram, 4 * GiB));
        var without = MemoryPlan.Choose([component], new(ram, 4 * GiB));

        var unet = Assert.Single(plan.Components);
        output.WriteLine($"{unet.PinnedBytes / MiB} of {unet.StreamedBytes / MiB} MiB in RAM, peak {plan.RamPeak / MiB}");
        Assert.True(plan.RamPeak <= ram);
        Assert.Equal(unet.PinnedBytes, plan.Find(1, "denoise", "unet")!.Ram.Total - without.Find(1, "denoise", "unet")!.Ram.Total);
        if (gibibytes > 8)
            Assert.InRange(unet.PinnedBytes, unet.StreamedBytes, unet.StreamedBytes + MiB);
        else
            Assert.InRange(ram - plan.RamPeak, 0, unet.SlotBytes / 2);
        // The rest is as it is without.
        Assert.Equal(without.Components[0], unet with { PinnedBytes = 0 });
        Assert.Equal(without.Smallest, plan.Smallest);
        Assert.Equal(without.VramPeak, plan.VramPeak);
    }

    [Fact]
    public void Choose_RamThatIsFree_KeepsHalfOfWhatIsLeftOfIt()
    {
        var components = new[] { Walkthrough()[1] with { Passes = 40 } };
        var (given, free) = (MemoryPlan.Choose(components, new(5 * GiB, 4 * GiB)), MemoryPlan.Choose(components, new(5 * GiB, 4 * GiB) { RamIsFree = true }));

        var slot = given.Components[0].SlotBytes / 2;
        Assert.InRange(given.Components[0].PinnedBytes / 2 - free.Components[0].PinnedBytes, -slot, slot);
    }

    [Theory]
    [InlineData(1, 16, 4)]
    [InlineData(20, 0.45, 4)]
    [InlineData(20, 16, 24)]
    public void Choose_FewPassesOrNoRoomOrNothingStreamed_PinsNothing(int passes, double ram, int vram)
    {
        var plan = MemoryPlan.Choose([Walkthrough()[1] with { Passes = passes }], new((long)(ram * 1024) * MiB, vram * GiB));

        Assert.True(plan.Components[0].OnGpu);
        Assert.Equal(0, plan.Components[0].PinnedBytes);
    }

    [Fact]
    public void Choose_OnTheCpu_PinsNothing() =>
        Assert.All(MemoryPlan.Choose([.. Walkthrough().Select(c => c with { Passes = 40 })], new(3 * GiB)).Components, c => Assert.Equal(0, c.PinnedBytes));

    [Fact]
    public void Choose_LessAndLessVram_StepsDownInOrder()
    {
        var text = Walkthrough().Take(1).ToList();
        string[] steps = [.. new[] { 16, 11, 7, 3, 1 }.Select(g =>
        {
            var c = MemoryPlan.Choose(text, new(30 * GiB, g * GiB)).Components[0];
            return $"{c.Device} {c.Variant} {c.Placement}";
        })];

        Assert.Equal(["cuda fp16 Resident", "cuda 8bit Resident", "cuda fp16 Streamed", "cuda fp16 Streamed", "cpu fp16 Resident"], steps);
    }

    // Measured on an H200 in phases that wasted nothing (bench/results/memory-plan-gpu.md), in MiB.
    [Theory]
    [InlineData(0, "text_encoder", "load", 8013)]
    [InlineData(0, "text_encoder", "encode", 8313)]
    [InlineData(2, "unet", "denoise", 4091)]
    [InlineData(3, "unet", "load", 1787)]
    [InlineData(3, "unet", "denoise", 2907)]
    [InlineData(3, "vae", "load", 1051)]
    [InlineData(3, "vae", "decode", 4573)]
    [InlineData(3, "vae", "decode", 5053)]
    public void Choose_OnAGpu_PredictsWhatWasMeasured(int stage, string component, string phase, double measured)
    {
        var components = Walkthrough();
        components[0] = components[0] with { Variants = [components[0].Variants[1]] };
        components[^1] = components[^1] with { GpuDType = ScalarType.Float32 };
        var plan = MemoryPlan.Choose(components, new(64 * GiB, 15 * GiB));

        var predicted = plan.Find(stage, phase, component)!.Vram.Total / (double)MiB;

        output.WriteLine($"{predicted:f0} MiB predicted, {measured} measured");
        Assert.InRange(predicted / measured, 0.9, 1.1);
    }

    // The same in RAM, with page-locked memory, where graphs were recorded; nothing streamed, and in 4 GiB, where the model of stage I was.
    [Theory]
    [InlineData(10, 0, "encode", "text_encoder", 736)]
    [InlineData(10, 1, "denoise", "unet", 1032)]
    [InlineData(10, 2, "denoise", "unet", 1082)]
    [InlineData(10, 3, "denoise", "unet", 1186)]
    [InlineData(10, 3, "decode", "vae", 1307)]
    [InlineData(4, 0, "encode", "text_encoder", 830)]
    [InlineData(4, 1, "denoise", "unet", 1063)]
    [InlineData(4, 2, "denoise", "unet", 1094)]
    [InlineData(4, 3, "denoise", "unet", 1183)]
    [InlineData(4, 3, "decode", "vae", 1297)]
    public void Choose_OnAGpu_PredictsTheRamThatWasMeasured(int gibibytes, int stage, string phase, string component, double measured)
    {
        var components = Walkthrough();
        components[0] = components[0] with { Variants = [components[0].Variants[1]] };
        components[^1] = components[^1] with { GpuDType = ScalarType.Float32 };
        // As a cascade plans: what a phase made stays for those after it.
        var (libraries, before) = (new CudaLibraries(), 0L);
        for (var i = 0; i < components.Count; i++)
        {
            var made = libraries.With(components[i].Work[0]);
            components[i] = components[i] with { ResultBytes = before, MadeBytes = made };
            before += made + (components[i].Name == "unet" ? PlanConstants.RemainsOf(0) : 0);
        }

        var plan = MemoryPlan.Choose(components, new(4 * GiB, gibibytes * GiB));

        var predicted = plan.Find(stage, phase, component)!.Ram.Total / (double)MiB;
        output.WriteLine($"{predicted:f0} MiB predicted, {measured} measured");
        Assert.InRange(predicted / measured, 0.95, 1.05);
    }

    // Measured on two cores, vectors of 16 numbers, in MiB, weights left out (bench/results/memory-plan-cpu.md).
    [Theory]
    [InlineData("IF-I-M", 64, 2, 147)]
    [InlineData("IF-I-L", 64, 2, 186)]
    [InlineData("IF-II-M", 64, 2, 107)]
    [InlineData("IF-II-M", 128, 2, 201)]
    [InlineData("IF-II-M", 256, 1, 377)]
    [InlineData("x4-upscaler", 64, 2, 148)]
    [InlineData("x4-upscaler", 96, 2, 264)]
    [InlineData("x4-upscaler", 128, 2, 469)]
    public void ActivationBytes_OfAUNetOnTheCpu_AreWhatWasMeasured(string name, int side, int batch, double measured)
    {
        var predicted = new ModelWork.UNet(RealConfigs.ByName[name], batch, side, side).ActivationBytes(ScalarType.Float32, cuda: false) / (double)MiB;

        output.WriteLine($"{predicted:f0} MiB predicted, {measured} measured");
        // A few megabytes more or less are the heap's.
        Assert.InRange(predicted, (measured * 0.95) - 20, (measured * 1.05) + 20);
    }

    [Theory]
    [InlineData(64, 174)]
    [InlineData(96, 372)]
    [InlineData(128, 649)]
    public void ActivationBytes_OfTheVaeOnTheCpu_AreWhatWasMeasured(int side, double measured)
    {
        var predicted = new ModelWork.VaeDecode(AutoencoderKLConfig.X4Upscaler, side, side).ActivationBytes(ScalarType.Float32, cuda: false) / (double)MiB;

        output.WriteLine($"{predicted:f0} MiB predicted, {measured} measured");
        Assert.InRange(predicted, (measured * 0.95) - 20, (measured * 1.05) + 20);
    }

    [Fact]
    public void Choose_OnTheCpu_StreamsT5InLittleRam()
    {
        var plan = MemoryPlan.Choose(Walkthrough().Take(1).ToList(), new((long)(1.5 * GiB)));

        var text = Assert.Single(plan.Components);
        Assert.False(text.OnGpu);
        Assert.True(plan.RamPeak < 1.5 * GiB);
        // Some rows at a time, never a whole layer.
        Assert.Equal(8L << 20, text.ScratchBytes);
    }

    [Fact]
    public void Choose_TooLittle_RefusesWithNumbersAndTheLeastThatWouldDo()
    {
        var components = Walkthrough();
        var error = Assert.Throws<FloydException>(() => MemoryPlan.Choose(components, new(100 * MiB, 1 * GiB)));

        Assert.DoesNotContain('\n', error.Message);
        Assert.Matches(@"needs at least [\d.]+ [MG]iB of V?RAM \(.*\), and .* may be used; the smallest budget for this run is [\d.]+[MG]iB of RAM and [\d.]+[MG]iB of VRAM", error.Message);

        var smallest = MemoryPlan.Choose(components, MemoryBudget.Unlimited).Smallest;
        MemoryPlan.Choose(components, smallest);
        Assert.Throws<FloydException>(() => MemoryPlan.Choose(components, smallest with { Ram = smallest.Ram - 1 }));
        Assert.Throws<FloydException>(() => MemoryPlan.Choose(components, smallest with { Vram = smallest.Vram - 1 }));
    }

    [Fact]
    public void Choose_WithoutSupport_OffersWholeComponentsOnly()
    {
        var error = Assert.Throws<FloydException>(() => MemoryPlan.Choose(Walkthrough(), new(64 * GiB, 6 * GiB), PlacementSupport.None));
        Assert.Contains("the text encoder needs at least", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AVaeThatDoesNotFitWhole_DecodesInTiles()
    {
        var vae = Walkthrough()[^1];
        var whole = MemoryPlan.Choose([vae], new(16 * GiB));
        var tiled = MemoryPlan.Choose([vae], new(2 * GiB));

        Assert.Null(whole.Components[0].TileSampleSize);
        Assert.NotNull(tiled.Components[0].TileSampleSize);
        Assert.True(tiled.RamPeak <= 2 * GiB);
    }

    [Fact]
    public void Choose_Twice_GivesTheSame()
    {
        var components = Walkthrough();
        var (first, second) = (MemoryPlan.Choose(components, new(4 * GiB, 6 * GiB)), MemoryPlan.Choose(components, new(4 * GiB, 6 * GiB)));

        Assert.Equal(first.Phases, second.Phases);
        Assert.Equal(first.Components.Select(c => c.StreamedUnits), second.Components.Select(c => c.StreamedUnits));
    }

    [Theory]
    [InlineData("IF-I-M", 1_488_000_000)]
    [InlineData("IF-I-L", 3_740_000_000)]
    [InlineData("IF-I-XL", 17_220_000_000)]
    [InlineData("IF-II-M", 2_052_000_000)]
    [InlineData("IF-II-L", 4_736_000_000)]
    [InlineData("x4-upscaler", 1_892_000_000)]
    public void Choose_Float32InTheFile_IsUsedWhereItIsMapped(string name, long bytes)
    {
        var component = UNet(1, name, RealConfigs.ByName[name], 64, 64, ScalarType.Float32);
        var plan = MemoryPlan.Choose([component], new(8 * GiB));

        var only = Assert.Single(plan.Components);
        Assert.Equal((PlacementKind.Resident, 0L), (only.Placement, only.ResidentBytes));
        Assert.InRange(only.MappedBytes, bytes * 0.99, bytes * 1.01);
    }

    public void Dispose() => _folders.ForEach(f => f.Dispose());

    private List<PlannedComponent> Walkthrough()
    {
        var vae = AutoencoderKLConfig.X4Upscaler;
        return
        [
            Text(),
            UNet(1, "IF-I-XL", RealConfigs.StageIExtraLarge, 64, 64),
            UNet(2, "IF-II-L", RealConfigs.StageIILarge, 256, 256),
            UNet(3, "x4-upscaler", RealConfigs.X4Upscaler, 256, 256),
            Of(3, "vae", "decode", new AutoencoderKL(vae), [new ModelWork.VaeDecode(vae, 256, 256), new ModelWork.VaeDecode(vae, 256, 256, 256)], ScalarType.Float16),
        ];
    }

    private PlannedComponent Text()
    {
        using var model = new T5EncoderModel(T5Config.Xxl);
        var folder = Folder();
        FakeWeights.Write(folder, model, ScalarType.Float16, "fp16");
        FakeWeights.Write(folder, model, ScalarType.Float16, "8bit", name => name.Contains(".layer.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal)
            && !name.Contains("norm", StringComparison.Ordinal) && !name.Contains("bias", StringComparison.Ordinal) && !name.Contains(".wo.", StringComparison.Ordinal));
        return Component(0, "text_encoder", "encode", folder, [new ModelWork.T5(T5Config.Xxl)], [ComponentWeights.Read(model, folder.Path, "fp16"), ComponentWeights.Read(model, folder.Path, "8bit")])
            with { MayRunOnCpu = true };
    }

    private PlannedComponent UNet(int stage, string name, UNet2DConditionConfig config, int width, int height, ScalarType dtype = ScalarType.Float16)
    {
        var component = Of(stage, "unet", "denoise", new UNet2DConditionModel(config), [new ModelWork.UNet(config, 2, width, height)], dtype);
        Assert.True(component.Variants[0].Tensors.Count > 100, name);
        return component;
    }

    private PlannedComponent Of(int stage, string name, string phase, Layer model, ModelWork[] work, ScalarType dtype)
    {
        using (model)
        {
            var folder = Folder();
            FakeWeights.Write(folder, model, dtype);
            return Component(stage, name, phase, folder, work, [ComponentWeights.Read(model, folder.Path, null)]);
        }
    }

    private static PlannedComponent Component(int stage, string name, string phase, TemporaryFolder folder, ModelWork[] work, ComponentWeights[] variants) =>
        new() { Stage = stage, Name = name, Phase = phase, Folder = folder.Path, Work = work, Variants = variants };

    private TemporaryFolder Folder()
    {
        _folders.Add(new());
        return _folders[^1];
    }
}

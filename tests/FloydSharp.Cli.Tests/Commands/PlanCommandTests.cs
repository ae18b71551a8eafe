using System.Text.Json;
using FloydSharp.Cli.Output;
using FloydSharp.Planning;
using FloydSharp.Testing;

namespace FloydSharp.Cli.Tests.Commands;

public class PlanCommandTests
{
    private static readonly string Models = Path.Combine(GoldenFolder.RepositoryRoot, "models");

    [Fact]
    public void Run_OnTheCpu_ShowsEachPhaseAndTheLeastThatWouldDo()
    {
        var run = CliRun.Of("plan", "--models", Models, "--ram", "4GiB", "--device", "cpu").Succeeded();

        Assert.Empty(run.Error);
        Assert.Matches(@"phase +component +device +dtype +weights +placement +mapped +activations +RAM\n", run.Out);
        Assert.Matches(@"stage 2 denoise +unet +cpu +float32 .* resident .* \d+ MiB\n", run.Out);
        Assert.Matches(@"may be used +4 GiB RAM\n", run.Out);
        Assert.Matches(@"the least that would do +--ram \d+MiB\n", run.Out);
    }

    [Fact]
    public void Run_ForAGpuThatIsNotThere_PlansForIt()
    {
        var run = CliRun.Of("plan", "--models", Models, "--ram", "2GiB", "--vram", "2 GB", "--json").Succeeded();

        using var json = JsonDocument.Parse(run.Out);
        var root = json.RootElement;
        Assert.Equal(["components", "phases", "ram_peak", "vram_peak", "budget", "smallest"], root.EnumerateObject().Select(p => p.Name));
        Assert.All(root.GetProperty("components").EnumerateArray(), c => Assert.Equal("cuda", c.GetProperty("device").GetString()));
        Assert.Equal(2_000_000_000, root.GetProperty("budget").GetProperty("vram").GetInt64());
        Assert.InRange(root.GetProperty("vram_peak").GetInt64(), 1, 2_000_000_000);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void Run_Quantized_CountsInt8(string device)
    {
        long[] peaks = [Weights(), Weights("--quantize", "linears"), Weights("--quantize", "all")];

        Assert.True(peaks[0] > peaks[1] && peaks[1] > peaks[2], string.Join(", ", peaks));

        // Another dtype than the box has, so that nothing is mapped.
        long Weights(params string[] args)
        {
            string[] vram = device == "cuda" ? ["--vram", "8GiB"] : ["--dtype", "bfloat16"];
            using var json = JsonDocument.Parse(CliRun.Of(["plan", "--models", Models, "--ram", "64GiB", "--device", device, "--json", .. vram, .. args]).Succeeded().Out);
            var components = json.RootElement.GetProperty("components").EnumerateArray().ToList();
            Assert.Equal(args.Length > 0, components.Any(c => c.GetProperty("quantized").GetBoolean()));
            return components.Sum(c => c.GetProperty("resident_bytes").GetInt64());
        }
    }

    [Fact]
    public void Write_StreamedWeightsThatStayInRam_SaysHowMany()
    {
        var component = new ComponentPlan
        {
            Stage = 1, Component = "unet", Folder = "unet", OnGpu = true, DType = TorchSharp.torch.ScalarType.Float16,
            Placement = PlacementKind.Streamed, StreamedBytes = 6L << 30, PinnedBytes = 4L << 30, SlotBytes = 1L << 28,
        };
        var phase = new PhasePlan(1, "denoise", "unet", MemoryParts.None, MemoryParts.None, 0);
        using var text = new StringWriter();

        PlanWriter.Write(new([component], [phase], new(8L << 30, 4L << 30), new(1L << 30, 2L << 30)), text);

        Assert.Contains(" 6 GiB streamed, 4 GiB in pinned RAM ", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(4L << 30, PlanReportComponent.Of(component).PinnedBytes);
    }

    [Fact]
    public void Run_AskedForMore_NeedsMore()
    {
        Assert.True(Peak("--stages", "2", "--count", "4", "--shared-noise") > 1.5 * Peak("--stages", "2", "--count", "1"));
        Assert.True(Peak("--stages", "2", "--size", "512x256") > Peak("--stages", "2", "--size", "256x256"));

        static long Peak(params string[] args)
        {
            using var json = JsonDocument.Parse(CliRun.Of(["plan", "--models", Models, "--ram", "64GiB", "--device", "cpu", "--json", .. args]).Succeeded().Out);
            return json.RootElement.GetProperty("ram_peak").GetInt64();
        }
    }

    [Fact]
    public void Generate_WithTooLittle_RefusesBeforeLoading()
    {
        using var folder = new TemporaryFolder();
        var error = CliRun.Of("generate", "a red boat", "--models", Models, "--device", "cpu", "--ram", "90MiB", "--seed", "1", "--quiet", "--out", folder.File("out")).ErrorLine();

        Assert.Contains("The run does not fit into memory: to ", error, StringComparison.Ordinal);
        Assert.Contains("the smallest budget for this run is ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_WithABudget_TellsPredictedAndMeasuredPeaks()
    {
        using var folder = new TemporaryFolder();
        var run = CliRun.Of("generate", "a red boat", "--models", Models, "--stages", "1", "--steps", "1", "--device", "cpu", "--ram", "2GiB", "--json", "--quiet", "--out", folder.File("out")).Succeeded();

        using var json = JsonDocument.Parse(run.Out);
        var memory = json.RootElement.GetProperty("memory").EnumerateArray().ToList();
        Assert.Equal(json.RootElement.GetProperty("timings").GetArrayLength(), memory.Count);
        Assert.All(memory.Where(m => m.GetProperty("phase").GetString() != "finish"), m => Assert.True(m.GetProperty("predicted_ram").GetInt64() > 0));
        if (OperatingSystem.IsLinux())
            Assert.All(memory, m => Assert.True(m.GetProperty("measured_ram").GetInt64() > 0));
    }

    [Theory]
    [InlineData("--ram", "13 apples", "--ram is \"13 apples\"; expected a size such as 13GiB, 15 GB or 800M.")]
    [InlineData("--vram", "2GiB", "--vram 2GiB: this run is on the CPU, which takes none; leave it out, or give --device cuda.")]
    public void Run_WithABadSize_SaysWhatIsExpected(string option, string value, string message) =>
        Assert.Equal(message, CliRun.Of("plan", "--models", Models, "--device", "cpu", option, value).ErrorLine());
}

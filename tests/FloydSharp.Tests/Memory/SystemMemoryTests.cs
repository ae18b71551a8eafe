using FloydSharp.Memory;
using FloydSharp.Native;
using TorchSharp;
using Xunit;

namespace FloydSharp.Tests.Memory;

// Alone: what other tests allocate at the same time would count.
[CollectionDefinition(nameof(SystemMemoryTests), DisableParallelization = true)]
[Collection(nameof(SystemMemoryTests))]
public class SystemMemoryTests
{
    private const string Meminfo = "MemTotal:       2048 kB\nMemFree:         512 kB\nMemAvailable:   1024 kB\n";

    [Fact]
    public void Parse_NoContainer_TakesTheKernelsNumbers()
    {
        var memory = SystemMemory.Parse(Meminfo, ContainerLimits.None);

        Assert.Equal((2048L * 1024, 1024L * 1024), (memory.Total, memory.Available));
    }

    [Fact]
    public void Parse_Container_TakesTheSmaller()
    {
        var memory = SystemMemory.Parse(Meminfo, new ContainerLimits(1_000_000, 1000, null));

        Assert.Equal((1_000_000L, 1000L), (memory.Total, memory.Available));
    }

    [Fact]
    public void Parse_OldKernel_FallsBackToFree() =>
        Assert.Equal(512 * 1024, SystemMemory.Parse("MemTotal: 2048 kB\nMemFree: 512 kB\n", ContainerLimits.None).Available);

    [Fact]
    public void Parse_ProcessStatus_ReadsEachNumber()
    {
        const string Status = "Name:\tfloyd\nVmHWM:\t    40 kB\nVmRSS:\t      30 kB\nRssAnon:\t  20 kB\nRssFile:\t  9 kB\nVmSwap:\t 1 kB\n";

        Assert.Equal(new ProcessMemory(30 << 10, 20 << 10, 9 << 10, 40 << 10, 1 << 10), ProcessMemory.Parse(Status));
    }

    [Theory]
    [InlineData("VmRSSX: 5 kB", null)]
    [InlineData("VmRSS: many kB", null)]
    [InlineData("VmRSS: 9223372036854775807 kB", null)]
    [InlineData("VmRSS 7", 7L)]
    public void Number_OddLines_GivesNumberOrNothing(string text, long? expected) =>
        Assert.Equal(expected, KeyValueText.Number(text, "VmRSS"));

    [Fact]
    public void Read_TensorMadeAndDisposed_ShowsItAndGivesItBack()
    {
        const long Bytes = 64 << 20;
        NativeLibraries.EnsureLoaded();
        long held;
        using (torch.ones(Bytes / 4))
            held = ProcessMemory.Read().Anonymous;
        HostMemory.Trim();

        Assert.True(held - ProcessMemory.Read().Anonymous > Bytes / 2);
    }

    [Fact]
    public void DeviceMemory_WithoutCuda_IsNull()
    {
        NativeLibraries.EnsureLoaded();
        Assert.SkipWhen(torch.cuda.is_available(), "there is a CUDA device");

        Assert.Null(DeviceMemory.Read());
        Assert.Null(DeviceMemory.Trim());
        Assert.Null(DeviceMemory.Peak());
        Assert.Null(DeviceMemory.Used());
        Assert.False(DeviceMemory.ResetPeak());
        Assert.False(DeviceMemory.HasPool);
    }

    [Fact]
    public void DeviceMemory_TensorOnDevice_CountsInPeakAndIsGivenBack()
    {
        NativeLibraries.EnsureLoaded();
        Assert.SkipUnless(torch.cuda.is_available() && DeviceMemory.HasPool, "no CUDA device");
        const long Bytes = 256 << 20;

        DeviceMemory.Trim();
        DeviceMemory.ResetPeak();
        var before = DeviceMemory.Used();
        using (torch.ones(Bytes / 4, device: torch.CUDA))
            Assert.True(DeviceMemory.Used() - before >= Bytes);

        Assert.True(DeviceMemory.Peak() - before >= Bytes);
        Assert.True(DeviceMemory.Trim() > 0);
        Assert.InRange(DeviceMemory.Read()!.Free, 1, DeviceMemory.Read()!.Total);
    }
}

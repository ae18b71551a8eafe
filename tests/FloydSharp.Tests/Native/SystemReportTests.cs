using FloydSharp.Native;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Native;

public class SystemReportTests
{
    [Fact]
    public void Collect_Here_KnowsLibrariesMachineAndFolders()
    {
        var report = SystemReport.Collect();

        Assert.Null(report.Libtorch.Problem);
        Assert.Matches(@"^2\.\d+\.\d+", report.Libtorch.Version);
        Assert.True(File.Exists(report.Libtorch.Libraries!.TorchSharp));
        Assert.NotEqual("", report.OperatingSystem);
        Assert.StartsWith(".NET 1", report.Dotnet);
        Assert.True(report.Cpu.UsableProcessors > 0);
        Assert.True(report.Gpus.Count > 0 != report.GpuProblem is not null);
        Assert.InRange(report.Memory.Available, 1, report.Memory.Total);
        Assert.True(report.Process.Peak >= report.Process.Resident);
        Assert.Equal([CacheFolders.Own, CacheFolders.HuggingFaceHub], report.Folders.Select(f => f.Path));
        Assert.All(report.Folders, folder => Assert.True(folder.Free > 0));
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
    }

    [Fact]
    public void Parse_ProcessorText_CountsCoresAndNamesFeatures()
    {
        const string Text = """
            processor	: 0
            model name	: AMD EPYC 9654
            physical id	: 0
            core id	: 0
            flags	: fpu avx2 avx512f avx512_bf16 avx512_vnni

            processor	: 1
            model name	: AMD EPYC 9654
            physical id	: 0
            core id	: 0
            flags	: fpu avx2

            processor	: 2
            physical id	: 1
            core id	: 0
            """;

        var cpu = CpuReport.Parse(Text, usable: 3);

        Assert.Equal("AMD EPYC 9654", cpu.Model);
        Assert.Equal(2, cpu.PhysicalCores);
        Assert.Equal(3, cpu.UsableProcessors);
        Assert.Equal(["AVX2", "AVX-512F", "AVX512-VNNI", "AVX512-BF16"], cpu.Features);
    }

    [Fact]
    public void Parse_NothingKnown_SaysSo()
    {
        var cpu = CpuReport.Parse("", usable: 1);

        Assert.Equal("unknown", cpu.Model);
        Assert.Empty(cpu.Features);
    }

    [Fact]
    public void Collect_FolderWithLinks_CountsEachFileOnce()
    {
        using var folder = new TemporaryFolder();
        var blob = Path.Combine(folder.Folder("blobs"), "a");
        File.WriteAllBytes(blob, new byte[1000]);
        File.CreateSymbolicLink(Path.Combine(folder.Folder("snapshots"), "a"), blob);

        var report = FolderReport.Collect("cache", folder.Path);

        Assert.True(report.Exists);
        Assert.Equal(1000, report.Size);
        Assert.False(FolderReport.Collect("cache", folder.File("no")).Exists);
    }
}

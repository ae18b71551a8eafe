using FloydSharp.Memory;
using FloydSharp.Testing;
using Xunit;

namespace FloydSharp.Tests.Memory;

public sealed class ContainerLimitsTests : IDisposable
{
    private const long MiB = 1L << 20;

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Read_Version2_TakesTheTightestOfGroupAndParents()
    {
        Write("user.slice/memory.max", $"{1024 * MiB}\n");
        Write("user.slice/memory.current", $"{900 * MiB}\n");
        Write("user.slice/memory.stat", $"anon 5\ninactive_file {300 * MiB}\nactive_file {100 * MiB}\n");
        Write("user.slice/job/memory.max", "max\n");
        Write("user.slice/job/cpu.max", "150000 100000\n");
        Write("user.slice/cpu.max", "max 100000\n");

        var limits = ContainerLimits.Read("0::/user.slice/job\n", _root.Path);

        Assert.Equal(new ContainerLimits(1024 * MiB, 524 * MiB, 1.5), limits);
    }

    [Fact]
    public void Read_Version1_KnowsItsNamesAndItsWordForNone()
    {
        const string Membership = "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n1:name=systemd:/docker/ab\n";
        // The group's own folder exists on the host only: inside, the mount's root is the group.
        Write("memory/memory.limit_in_bytes", $"{512 * MiB}\n");
        Write("memory/memory.usage_in_bytes", $"{200 * MiB}\n");
        Write("memory/memory.stat", $"inactive_file 7\ntotal_inactive_file {50 * MiB}\n");
        Write("cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
        Write("cpu,cpuacct/cpu.cfs_period_us", "100000\n");

        Assert.Equal(new ContainerLimits(512 * MiB, 362 * MiB, 2), ContainerLimits.Read(Membership, _root.Path));

        Write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("cpu,cpuacct/cpu.cfs_quota_us", "-1\n");

        Assert.Equal(ContainerLimits.None, ContainerLimits.Read(Membership, _root.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("0::/../../etc\n")]
    [InlineData("4:memory")]
    public void Read_OddMembership_FindsNoLimits(string membership) =>
        Assert.Equal(ContainerLimits.None, ContainerLimits.Read(membership, _root.Path));

    [Fact]
    public void Read_NumbersUnreadable_FindsNoLimits()
    {
        Write("memory.max", "many\n");
        Write("cpu.max", "1 2 3\n");

        Assert.Equal(ContainerLimits.None, ContainerLimits.Read("0::/\n", _root.Path));
    }

    [Fact]
    public void Read_UsageAboveLimit_LeavesNothing()
    {
        Write("memory.max", "1000\n");
        Write("memory.current", "5000\n");

        Assert.Equal(0, ContainerLimits.Read("0::/\n", _root.Path).MemoryAvailable);
    }

    private void Write(string path, string text)
    {
        var full = _root.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}

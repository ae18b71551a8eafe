using FloydSharp.Kernels.Cpu;
using Xunit;

namespace FloydSharp.Tests.Kernels.Cpu;

public class ThreadTeamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Run_SomeTasks_DoesEachOnce(int count)
    {
        var done = new int[count];
        ThreadTeam.Run(count, i => Interlocked.Increment(ref done[i]));
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Run_TaskFails_ThrowsItsErrorAndWorksAgain()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => ThreadTeam.Run(100, i => { if (i == 40) throw new InvalidOperationException("forty"); }));
        Assert.Equal("forty", error.Message);
        var sum = 0;
        ThreadTeam.Run(10, i => Interlocked.Add(ref sum, i));
        Assert.Equal(45, sum);
    }

    [Fact]
    public void Run_FromSeveralThreads_KeepsThemApart() => Parallel.For(0, 8, n =>
    {
        var sum = 0L;
        ThreadTeam.Run(500, i => Interlocked.Add(ref sum, n + i));
        Assert.Equal((500L * n) + 124750, sum);
    });
}

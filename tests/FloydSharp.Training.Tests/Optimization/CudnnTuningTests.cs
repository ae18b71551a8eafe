using FloydSharp.Training.Optimization;
using Xunit;

namespace FloydSharp.Training.Tests.Optimization;

public sealed class CudnnTuningTests
{
    [Fact]
    public void TryEnable_LibtorchOnLinux_IsOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names of the exports are those of Linux.");
        Assert.True(CudnnTuning.TryEnable());
    }
}

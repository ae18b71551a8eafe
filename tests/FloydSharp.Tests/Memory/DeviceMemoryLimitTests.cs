using FloydSharp.Memory;
using Xunit;

namespace FloydSharp.Tests.Memory;

public class DeviceMemoryLimitTests
{
    [Theory]
    [InlineData(100, 30, null, 100)]
    [InlineData(100, 30, 200L, 100)]
    [InlineData(100, 30, 80L, 50)]
    [InlineData(100, 90, 80L, 0)]
    public void Within_ALimit_LeavesWhatIsNotUsed(long there, long used, long? limit, long expected) =>
        Assert.Equal(expected, DeviceMemory.Within(there, used, limit));
}

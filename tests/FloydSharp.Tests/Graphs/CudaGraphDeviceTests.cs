using FloydSharp.Graphs;
using FloydSharp.Memory;
using FloydSharp.Native;
using FloydSharp.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace FloydSharp.Tests.Graphs;

// The memory of graphs is counted for the whole device.
[CollectionDefinition(nameof(CudaGraphDeviceTests), DisableParallelization = true)]
[Collection(nameof(CudaGraphDeviceTests))]
public sealed class CudaGraphDeviceTests
{
    private const int Rows = 4096;

    [Fact]
    public void Run_OnAGpu_FollowsItsInputAndGivesItsMemoryBack()
    {
        SkipWithoutGpu();
        using var input = zeros(Rows, Rows, device: TestDevice.Device);
        var device = CudaGraphDevice.Open(0);
        using (var pass = new GraphedPass(() => Double(input), new(device, null), Guid.NewGuid().ToString()))
        {
            for (var i = 1; i <= 6; i++)
            {
                input.fill_(i);
                using var result = pass.Run();
                Assert.Equal(2 * i, result.mean().item<float>());
            }

            Assert.True(pass.IsRecorded, pass.Why);
            Assert.True(CudaGraphs.Open().Memory(0, CudaGraphs.UsedMemoryCurrent) > 0);
            Assert.True(DeviceMemory.Peak() >= DeviceMemory.Used());
        }

        Assert.Equal(0, CudaGraphs.Open().Memory(0, CudaGraphs.UsedMemoryCurrent));
    }

    [Fact]
    public void Record_WorkThrows_LeavesTheStreamAsItWas()
    {
        SkipWithoutGpu();
        using var input = ones(Rows, device: TestDevice.Device);
        var device = CudaGraphDevice.Open(0);
        using (device.Enter())
            Assert.Throws<TimeoutException>(() => device.Record(() => throw new TimeoutException()));
        using var result = Double(input);
        Assert.Equal(2, result.mean().item<float>());
        using (device.Enter())
        using (var again = Double(input))
            Assert.Equal(2, again.mean().item<float>());
    }

    [Fact]
    public void HasRoom_MoreThanTheDeviceHas_SaysNo()
    {
        SkipWithoutGpu();
        var device = CudaGraphDevice.Open(0);
        Assert.True(device.HasRoom(1 << 20));
        Assert.False(device.HasRoom(DeviceMemory.Read()!.Total));
    }

    // A temporary of the same size lies in between.
    private static Tensor Double(Tensor input)
    {
        using var sum = input.add(input);
        return sum.clone();
    }

    private static void SkipWithoutGpu() => Assert.SkipUnless(TestDevice.Device.type == DeviceType.CUDA, "needs a GPU: FLOYD_TEST_DEVICE=cuda");
}
